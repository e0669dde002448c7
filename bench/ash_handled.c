/* What a kernel in C would do with each message: ask the classifier's machine code, and call the handler of the filter
 * that accepts it. Both are called through pointers, with what runtime/codegen lists; see call_each.c for the first.
 */
#include <stdint.h>

typedef uint64_t classifier(const uint8_t *data, uint64_t total, const uint64_t *offsets, uint64_t last_offset,
                            const uint32_t *lengths, uint64_t last_length, uint64_t offset_stride, uint64_t offset_mask,
                            uint64_t length_stride, uint32_t *answers, uint64_t count, uint64_t ahead,
                            const void *tables);
typedef uint64_t handler(uint8_t *message, uint64_t length, uint8_t *memory, uint64_t *effects, uint64_t *result);

/* A filter's handler, and the memory of its owner. */
struct binding {
	handler *code;
	uint8_t *memory;
};

/* Returns how many messages a handler has consumed; `sent` counts those that it wants to be sent. */
uint64_t handle_each(classifier *classify, const void *tables, const struct binding *bindings, uint8_t *data,
                     uint64_t total, const uint64_t *offsets, const uint32_t *lengths, uint64_t count, uint64_t *sent)
{
	classifier *volatile chosen = classify;
	uint64_t effects[4], result, consumed = 0;
	for (uint64_t i = 0; i < count; i++) {
		uint32_t number = 0;
		if (chosen(data, total, offsets + i, 0, lengths + i, 0, 8, UINT64_MAX, 4, &number, 1, UINT64_MAX, tables) != 1)
			return consumed;
		if (number == 0)
			continue;
		const struct binding *found = bindings + number;
		*sent += found->code(data + offsets[i], lengths[i], found->memory, effects, &result);
		consumed += (result & 3) == 0;
	}
	return consumed;
}
