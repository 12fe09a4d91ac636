#include "base/error.h"

#include <stdio.h>
#include <string.h>

static void hide_controls(char *text)
{
    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
}

bool cc_fail(struct cc_error *error, enum cc_error_kind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error->kind = kind;
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    hide_controls(error->text);
    return false;
}

bool cc_fail_at(struct cc_error *error, const char *format, ...)
{
    char place[sizeof error->text];
    va_list args;
    va_start(args, format);
    vsnprintf(place, sizeof place, format, args);
    va_end(args);
    hide_controls(place);
    const size_t used = strlen(place);
    const size_t room = sizeof error->text - used - 1;
    const size_t len = strlen(error->text);
    const size_t keep = len < room ? len : room;
    memmove(error->text + used, error->text, keep);
    memcpy(error->text, place, used);
    error->text[used + keep] = '\0';
    return false;
}

bool cc_fail_memory(struct cc_error *error)
{
    return cc_fail(error, CC_IO, "out of memory");
}
