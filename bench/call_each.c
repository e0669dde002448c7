/* A loop that has one packet at a time: it calls loaded code of the form `batch`, which is dpfc's only form, with one
 * message, through a pointer that the compiler cannot see through. What the code is given is listed in
 * runtime/codegen/batch_convention.py; a filter without tables ignores the last argument.
 */
#include <stddef.h>
#include <stdint.h>

typedef uint64_t entry(const uint8_t *data, uint64_t total, const uint64_t *offsets, uint64_t last_offset,
                       const uint32_t *lengths, uint64_t last_length, uint64_t offset_stride, uint64_t offset_mask,
                       uint64_t length_stride, uint32_t *answers, uint64_t count, uint64_t ahead, const void *tables);

/* Returns how many packets were done: all, unless one is not inside the data. */
size_t call_each(entry *code, const void *tables, uint64_t total, const uint8_t *data, const uint64_t *offsets,
                 const uint32_t *lengths, size_t count, uint32_t *answers)
{
	entry *volatile chosen = code;
	for (size_t i = 0; i < count; i++)
		if (chosen(data, total, offsets + i, 0, lengths + i, 0, 8, UINT64_MAX, 4, answers + i, 1, UINT64_MAX,
		           tables) != 1)
			return i;
	return count;
}
