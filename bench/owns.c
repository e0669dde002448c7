/* What an indirect block of 1,024 pointers owns, written by hand, and the loop that calls it or our code in its place.
 * Both are called through a pointer that the compiler cannot see through, with what runtime/codegen/convention.py lists
 * for a template without parameters and of constant size. Compiled by bench/udf_owns.py with -O2.
 */
#include <stdint.h>

struct tuple {
	uint64_t start, count, kind;
};

typedef uint64_t entry(const uint32_t *meta, const uint64_t *arguments, uint64_t first, uint64_t count,
                       struct tuple *tuples);

/* The loop that anybody would write, for the whole block. */
uint64_t owns_whole(const uint32_t *pointer, const uint64_t *arguments, uint64_t first, uint64_t count,
                    struct tuple *tuples)
{
	uint64_t found = 0;
	for (int i = 0; i < 1024; i++)
		if (pointer[i] != 0) {
			tuples[found].start = pointer[i];
			tuples[found].count = 1;
			tuples[found].kind = 0;
			found++;
		}
	return found;
}

/* For `count` partitions from `first` on, as ours: what is asked when one pointer changes. */
uint64_t owns_range(const uint32_t *pointer, const uint64_t *arguments, uint64_t first, uint64_t count,
                    struct tuple *tuples)
{
	uint64_t found = 0;
	for (uint64_t i = first; i < first + count; i++)
		if (pointer[i] != 0) {
			tuples[found].start = pointer[i];
			tuples[found].count = 1;
			tuples[found].kind = 0;
			found++;
		}
	return found;
}

/* Asks about each block in turn; returns how many tuples there were. */
uint64_t ask_blocks(entry *code, const uint32_t *blocks, uint64_t number, uint64_t first, uint64_t count,
                    struct tuple *tuples)
{
	entry *volatile chosen = code;
	uint64_t arguments = 0, found = 0;
	for (uint64_t i = 0; i < number; i++)
		found += chosen(blocks + 1024 * i, &arguments, first, count, tuples);
	return found;
}
