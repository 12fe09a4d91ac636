/* points: records with points for pareto, of numbers drawn from a fixed seed.
 *
 *     points cube|surface OBJECTIVES COUNT
 *
 * cube: each objective anywhere from 0 to 1, so that few are on the frontier. surface: objectives that add up to 1, so that all are.
 * They stand in the columns o1, o2 ..., 1,000 rows a record. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <msgpack.h>
#include <msgpack/fbuffer.h>

enum { ROWS = 1000, OBJECTIVES_MOST = 8 };

/* S. Vigna's splitmix64, as a number above 0 and below 1. */
static double draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return ((double)((z ^ z >> 31) >> 11) + 0.5) / 9007199254740992.0;
}

static void draw_point(uint64_t *state, bool surface, double *point, size_t objectives)
{
    double sum = 0;
    for (size_t i = 0; i < objectives; i++) {
        point[i] = surface ? -log(draw(state)) : draw(state);
        sum += point[i];
    }
    for (size_t i = 0; surface && i < objectives; i++)
        point[i] /= sum;
}

static void pack_text(msgpack_packer *packer, const char *text)
{
    msgpack_pack_str_with_body(packer, text, strlen(text));
}

static void pack_record(msgpack_packer *packer, double (*point)[OBJECTIVES_MOST], size_t rows, size_t objectives)
{
    msgpack_pack_map(packer, 2);
    pack_text(packer, "schema");
    pack_text(packer, "chiplet-cloud/evaluation/1");
    pack_text(packer, "points");
    msgpack_pack_map(packer, objectives);
    for (size_t i = 0; i < objectives; i++) {
        const char name[] = {'o', (char)('1' + i), '\0'};
        pack_text(packer, name);
        msgpack_pack_array(packer, rows);
        for (size_t row = 0; row < rows; row++)
            msgpack_pack_double(packer, point[row][i]);
    }
}

int main(int argc, char **argv)
{
    static double point[ROWS][OBJECTIVES_MOST];
    uint64_t state = 1;
    msgpack_packer packer;
    if (argc != 4 || strtoull(argv[2], NULL, 10) > OBJECTIVES_MOST) {
        fputs("usage: points cube|surface OBJECTIVES COUNT\n", stderr);
        return 2;
    }
    const bool surface = strcmp(argv[1], "surface") == 0;
    const size_t objectives = strtoull(argv[2], NULL, 10), count = strtoull(argv[3], NULL, 10);
    msgpack_packer_init(&packer, stdout, msgpack_fbuffer_write);
    for (size_t done = 0; done < count; done += ROWS) {
        const size_t rows = count - done < ROWS ? count - done : ROWS;
        for (size_t row = 0; row < rows; row++)
            draw_point(&state, surface, point[row], objectives);
        pack_record(&packer, point, rows, objectives);
    }
    return ferror(stdout) || fclose(stdout) != 0;
}
