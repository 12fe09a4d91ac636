#include "offer.h"

#include "stream/derived.h"

bool offer_model(const struct cc_record *record, struct cc_text *name, struct cc_error *error)
{
    const struct cc_entry *model = cc_record_find(record, "model");
    const struct cc_item *item = model == NULL ? NULL : cc_item_find(record->tape, model->value, cc_text_of("name"));
    if (item == NULL || item->type != CC_ITEM_TEXT)
        return cc_fail(error, CC_BAD_DATA, "model.name is %s: expected evaluations of models with names",
                       item == NULL ? "missing" : cc_item_type_name(item));
    *name = cc_item_text(record->tape, item);
    return true;
}

/* The values that a record has for the conditions. */
struct values {
    const struct cc_conditions *where;
    struct cc_field_values of[CC_CONDITIONS_MAX];
    struct cc_derived derived;
    bool lacking; /* it has no field of that name */
};

static bool find_values(struct values *values, const struct cc_record *record, const struct cc_points *points,
                        bool *seen, struct cc_error *error)
{
    cc_derived_begin(&values->derived, record, points);
    values->lacking = false;
    for (size_t i = 0; i < values->where->count; i++) {
        if (!cc_derived_find(&values->derived, record, values->where->condition[i].path, &values->of[i], error))
            return false;
        values->lacking |= values->of[i].first == NULL;
        if (seen != NULL)
            seen[i] |= values->of[i].first != NULL;
    }
    return true;
}

static bool holds(const struct values *values, const struct cc_tape *tape, size_t row, bool *all,
                  struct cc_error *error)
{
    *all = !values->lacking;
    for (size_t i = 0; i < values->where->count && *all; i++)
        if (!cc_condition_holds(&values->where->condition[i], tape, cc_field_value(&values->of[i], row), all, error))
            return false;
    return true;
}

/* The cost of a row. */
static bool cost_of(const struct cc_points *points, const struct cc_item *item, size_t row, double *usd,
                    struct cc_error *error)
{
    if (cc_item_is_number(item) && (*usd = cc_item_number(item)) >= 0)
        return true;
    const char *got = cc_item_is_number(item) ? "a negative one" : cc_item_type_name(item);
    if (points->flat)
        return cc_fail(error, CC_BAD_DATA, "point.usd_per_output_token: expected a number of 0 or more, got %s", got);
    return cc_fail(error, CC_BAD_DATA, "points.usd_per_output_token[%zu]: expected a number of 0 or more, got %s", row,
                   got);
}

static bool find_cheapest(struct offer *offer, const struct cc_record *record, struct values *values, bool *seen,
                          struct cc_error *error)
{
    if (!cc_points_open(record, &offer->points, error))
        return false;
    if (offer->points.map == NULL)
        return cc_fail(error, CC_BAD_DATA, "has neither points nor point: expected an evaluation or a design record");
    const struct cc_item *cost = cc_points_column(&offer->points, cc_text_of("usd_per_output_token"));
    if (cost == NULL)
        return cc_fail(error, CC_BAD_DATA, "%s.usd_per_output_token is missing: expected records of tco-eval",
                       offer->points.flat ? "point" : "points");
    if (!find_values(values, record, &offer->points, seen, error))
        return false;
    for (size_t row = 0; row < offer->points.rows; row++) {
        bool good;
        double usd = 0;
        if (!holds(values, record->tape, row, &good, error) || !cost_of(&offer->points, &cost[row], row, &usd, error))
            return false;
        if (good && (!offer->found || usd < offer->usd)) {
            offer->found = true;
            offer->row = row;
            offer->usd = usd;
        }
    }
    return true;
}

bool offer_find(struct offer *offer, const struct cc_record *record, const struct cc_conditions *where, bool *seen,
                struct cc_error *error)
{
    struct values values = {.where = where};
    *offer = (struct offer){.found = false};
    const bool good = find_cheapest(offer, record, &values, seen, error);
    cc_derived_free(&values.derived);
    return good;
}
