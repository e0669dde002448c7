/* The classifiers that a systems programmer would write by hand for the two workloads, x86-64, little endian.
 *
 * sessions  open addressing with linear probing, at most half full; a slot is 16 bytes and holds the fields as they
 *           lie in the frame, so that nothing is swapped on the way; empty slots have number 0
 * ports     an array with one entry per port, by the port's two bytes as they lie in the frame
 *
 * Both check the frame's length, its ethertype, IPv4 without options, and the protocol. The batch loops inline the
 * classifier; the `singly` ones call it through a pointer, as a caller must that has one packet at a time.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_AT = 12, PROTOCOL_AT = 23, ADDRESSES_AT = 26, PORTS_AT = 34, TARGET_PORT_AT = 36, HEADERS = 38 };
enum { TCP = 6, UDP = 17 };

struct slot {
	uint64_t addresses;
	uint32_t ports;
	uint32_t number;
};

struct sessions {
	uint64_t mask;
	unsigned shift;
	struct slot *slots;
};

struct ports {
	uint16_t numbers[1 << 16];
};

#define LOAD(type) \
	static inline type load_##type(const uint8_t *from) \
	{ \
		type value; \
		memcpy(&value, from, sizeof value); \
		return value; \
	}
LOAD(uint16_t)
LOAD(uint32_t)
LOAD(uint64_t)

/* Ethertype 0x0800 and the byte 0x45 behind it, in one comparison. */
static inline int is_plain_ipv4(const uint8_t *frame, uint32_t length, uint8_t protocol)
{
	return length >= HEADERS && (load_uint32_t(frame + TYPE_AT) & 0xffffff) == 0x450008 &&
	       frame[PROTOCOL_AT] == protocol;
}

static inline uint64_t hash(uint64_t addresses, uint32_t ports)
{
	return addresses * 0x9e3779b97f4a7c15u + ports * 0xd6e8feb86659fd93u;
}

static inline uint32_t classify_session(const struct sessions *table, const uint8_t *frame, uint32_t length)
{
	if (!is_plain_ipv4(frame, length, TCP))
		return 0;
	uint64_t addresses = load_uint64_t(frame + ADDRESSES_AT);
	uint32_t ports = load_uint32_t(frame + PORTS_AT);
	for (uint64_t at = hash(addresses, ports) >> table->shift;; at = (at + 1) & table->mask) {
		const struct slot *slot = &table->slots[at];
		if ((slot->number == 0) | ((slot->addresses == addresses) & (slot->ports == ports)))
			return slot->number; /* one branch: 0 is the answer of an empty slot too */
	}
}

static inline uint32_t classify_port(const struct ports *table, const uint8_t *frame, uint32_t length)
{
	return is_plain_ipv4(frame, length, UDP) ? table->numbers[load_uint16_t(frame + TARGET_PORT_AT)] : 0;
}

#define LOOPS(table, classify, batch, singly) \
	void batch(const struct table *filters, const uint8_t *buffer, const uint64_t *offsets, const uint32_t *lengths, \
	           size_t count, uint32_t *results) \
	{ \
		for (size_t i = 0; i < count; i++) \
			results[i] = classify(filters, buffer + offsets[i], lengths[i]); \
	} \
	static uint32_t call_##classify(const struct table *filters, const uint8_t *frame, uint32_t length) \
	{ \
		return classify(filters, frame, length); \
	} \
	void singly(const struct table *filters, const uint8_t *buffer, const uint64_t *offsets, const uint32_t *lengths, \
	            size_t count, uint32_t *results) \
	{ \
		uint32_t (*volatile chosen)(const struct table *, const uint8_t *, uint32_t) = call_##classify; \
		for (size_t i = 0; i < count; i++) \
			results[i] = chosen(filters, buffer + offsets[i], lengths[i]); \
	}
LOOPS(sessions, classify_session, classify_sessions, classify_sessions_singly)
LOOPS(ports, classify_port, classify_ports, classify_ports_singly)

/* fields: per session the 12 bytes of a frame from the source address to the destination port, all different. */
struct sessions *build_sessions(const uint8_t *fields, size_t count)
{
	unsigned bits = 1;
	while ((size_t)1 << bits < 2 * count)
		bits++;
	size_t size = (size_t)1 << bits;
	struct sessions *table = malloc(sizeof *table);
	struct slot *slots = aligned_alloc(64, size * sizeof *slots < 64 ? 64 : size * sizeof *slots);
	if (table == NULL || slots == NULL)
		abort();
	memset(slots, 0, size * sizeof *slots);
	*table = (struct sessions){size - 1, 64 - bits, slots};
	for (size_t i = 0; i < count; i++, fields += 12) {
		uint64_t addresses = load_uint64_t(fields);
		uint32_t ports = load_uint32_t(fields + 8);
		uint64_t at = hash(addresses, ports) >> table->shift;
		while (slots[at].number != 0)
			at = (at + 1) & table->mask;
		slots[at] = (struct slot){addresses, ports, (uint32_t)(i + 1)};
	}
	return table;
}

void free_sessions(struct sessions *table)
{
	free(table->slots);
	free(table);
}

/* fields: per filter the two bytes of the port; fewer than 65,536 filters. */
struct ports *build_ports(const uint8_t *fields, size_t count)
{
	struct ports *table = calloc(1, sizeof *table);
	if (table == NULL)
		abort();
	for (size_t i = 0; i < count; i++)
		table->numbers[load_uint16_t(fields + 2 * i)] = (uint16_t)(i + 1);
	return table;
}

void free_ports(struct ports *table)
{
	free(table);
}
