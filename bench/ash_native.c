/* What the handlers in bench/handlers do, written by hand, and the loops that call them or our code in their place.
 * All are called through a pointer that the compiler cannot see through, with what runtime/codegen/convention.py lists
 * for the function of a handler: message, length, the owner's memory if there is any, effects, results; what they
 * return is how many effects there are. Compiled by bench/ash_native.py with -O3.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { CONSUMED = 0, ABORTED = 2, SEND_ALL = 1 | 1 << 8, WAKE = 2, HEADERS = 42 };

typedef uint64_t answerer(uint8_t *message, uint64_t length, uint64_t *effects, uint64_t *result);
typedef uint64_t mover(uint8_t *message, uint64_t length, uint8_t *memory, uint64_t *effects, uint64_t *result);

/* The one's complement sum of a buffer, in the two ways that compete: four bytes at a time into eight, which compilers
 * make vector code of; or eight at a time, with the carries.
 */
static inline uint32_t fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xff) << 8 | sum >> 8; /* in the order of the network */
}

static inline uint64_t sum_rest(const uint8_t *data, uint64_t done, uint64_t length)
{
	uint64_t last = 0;
	memcpy(&last, data + done, length - done);
	return last;
}

static inline uint32_t sum_halves(const uint8_t *data, uint64_t length)
{
	uint64_t sum = 0, i = 0;
	for (; i + 4 <= length; i += 4) {
		uint32_t word;
		memcpy(&word, data + i, 4);
		sum += word;
	}
	return fold(sum + (i < length ? sum_rest(data, i, length) : 0));
}

static inline uint32_t sum_words(const uint8_t *data, uint64_t length)
{
	uint64_t sum = 0, carries = 0, i = 0;
	for (; i + 8 <= length; i += 8) {
		uint64_t word;
		memcpy(&word, data + i, 8);
		carries += __builtin_add_overflow(sum, word, &sum);
	}
	if (i < length)
		carries += __builtin_add_overflow(sum, sum_rest(data, i, length), &sum);
	return fold((sum & 0xffffffff) + (sum >> 32) + carries);
}

static inline void exchange(uint8_t *message)
{
	uint8_t mac[6];
	uint32_t address;
	uint16_t port;
	memcpy(mac, message, 6);
	memcpy(message, message + 6, 6);
	memcpy(message + 6, mac, 6);
	memcpy(&address, message + 26, 4);
	memcpy(message + 26, message + 30, 4);
	memcpy(message + 30, &address, 4);
	memcpy(&port, message + 34, 2);
	memcpy(message + 34, message + 36, 2);
	memcpy(message + 36, &port, 2);
}

static inline uint64_t answer(uint64_t length, uint64_t *effects, uint64_t *result)
{
	effects[0] = SEND_ALL;
	effects[1] = length << 32;
	*result = CONSUMED;
	return 1;
}

static inline uint64_t finish(uint32_t sum, uint64_t *effects, uint64_t *result)
{
	effects[0] = WAKE;
	effects[1] = sum;
	*result = CONSUMED;
	return 1;
}

uint64_t echo(uint8_t *message, uint64_t length, uint64_t *effects, uint64_t *result)
{
	if (length < 38) {
		*result = ABORTED;
		return 0;
	}
	exchange(message);
	return answer(length, effects, result);
}

#define ECHO_SUM(name, sum_up)                                                                                         \
	uint64_t name(uint8_t *message, uint64_t length, uint64_t *effects, uint64_t *result)                          \
	{                                                                                                              \
		if (length < HEADERS) {                                                                                \
			*result = ABORTED;                                                                             \
			return 0;                                                                                      \
		}                                                                                                      \
		uint32_t sum = sum_up(message + HEADERS, length - HEADERS) ^ 0xffff;                                   \
		exchange(message);                                                                                     \
		message[40] = sum >> 8;                                                                                \
		message[41] = sum;                                                                                     \
		return answer(length, effects, result);                                                                \
	}

ECHO_SUM(echo_sum_halves, sum_halves)
ECHO_SUM(echo_sum_words, sum_words)

/* One pass over the memory of the owner each; the first brings the message there. */
static inline void swap_words(uint8_t *data, uint64_t length)
{
	for (uint64_t i = 0; i + 4 <= length; i += 4) {
		uint32_t word;
		memcpy(&word, data + i, 4);
		word = __builtin_bswap32(word);
		memcpy(data + i, &word, 4);
	}
}

uint64_t copy(uint8_t *message, uint64_t length, uint8_t *memory, uint64_t *effects, uint64_t *result)
{
	memcpy(memory, message, length);
	return finish(0, effects, result);
}

uint64_t copy_then_sum(uint8_t *message, uint64_t length, uint8_t *memory, uint64_t *effects, uint64_t *result)
{
	memcpy(memory, message, length);
	return finish(sum_halves(memory, length), effects, result);
}

uint64_t copy_then_sum_then_swap(uint8_t *message, uint64_t length, uint8_t *memory, uint64_t *effects,
                                 uint64_t *result)
{
	memcpy(memory, message, length);
	uint32_t sum = sum_halves(memory, length);
	swap_words(memory, length);
	return finish(sum, effects, result);
}

/* Fused by hand, as a C compiler makes it of the obvious loop. */
uint64_t copy_and_sum(uint8_t *restrict message, uint64_t length, uint8_t *restrict memory, uint64_t *effects,
                      uint64_t *result)
{
	uint64_t sum = 0;
	for (uint64_t i = 0; i + 4 <= length; i += 4) {
		uint32_t word;
		memcpy(&word, message + i, 4);
		memcpy(memory + i, &word, 4);
		sum += word;
	}
	return finish(fold(sum), effects, result);
}

/* Hands each of `count` messages, `stride` bytes apart, to `code`. Returns the sum of the effects' numbers. */
uint64_t ask_answerer(answerer *code, uint8_t *messages, uint64_t stride, uint64_t length, uint64_t count,
                      uint64_t times)
{
	answerer *volatile chosen = code;
	uint64_t effects[4], result, found = 0;
	for (uint64_t time = 0; time < times; time++)
		for (uint64_t i = 0; i < count; i++) {
			uint64_t number = chosen(messages + stride * i, length, effects, &result);
			found += number ? effects[1] : 0;
		}
	return found;
}

/* Moves a stretch of `count` messages that lie one behind the other to as many places at `memory`, through each of the
 * `passes` in turn.
 */
uint64_t ask_movers(mover **codes, uint64_t passes, uint8_t *message, uint8_t *memory, uint64_t length, uint64_t count)
{
	uint64_t effects[4], result, found = 0;
	for (uint64_t i = 0; i < count; i++)
		for (uint64_t pass = 0; pass < passes; pass++) {
			mover *volatile chosen = codes[pass];
			chosen(message + length * i, length, memory + length * i, effects, &result);
			found += effects[1];
		}
	return found;
}
