/* DPDK's librte_acl side of the rule-set benchmark: a program of its own, since the EAL ends the process when it fails.
 *
 *     acl RULES FRAMES ANSWERS ROUNDS
 *
 * RULES    10 u32 per rule, first match first: src, src bits, dst, dst bits, sport low, high, dport low, high,
 *          protocol, protocol mask
 * FRAMES   64 bytes per packet: Ethernet, IPv4 without options, ports; a multiple of 64 packets
 * ANSWERS  written: one u32 per packet, the number of the first rule that matches, from 1, else 0
 *
 * Lines go to stdout: `build SECONDS`, `memory BYTES`, `rules BYTES`, then per back end `NAME NS_PER_PACKET WRONG`,
 * where NS_PER_PACKET is the median round and WRONG counts the packets that it answers otherwise than the scalar one.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <rte_acl.h>
#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_memory.h>

enum { BURST = 64, FRAME = 64, PROTOCOL_AT = 23, FIELDS = 5, NUMBERS = 10 };

RTE_ACL_RULE_DEF(acl_rule, FIELDS);

/* Offsets count from the protocol byte; the two ports share one input word, as librte_acl wants it. */
static const struct rte_acl_field_def definitions[FIELDS] = {
	{RTE_ACL_FIELD_TYPE_BITMASK, 1, 0, 0, 0},
	{RTE_ACL_FIELD_TYPE_MASK, 4, 1, 1, 3},
	{RTE_ACL_FIELD_TYPE_MASK, 4, 2, 2, 7},
	{RTE_ACL_FIELD_TYPE_RANGE, 2, 3, 3, 11},
	{RTE_ACL_FIELD_TYPE_RANGE, 2, 4, 3, 13},
};

static const struct back_end {
	const char *name;
	enum rte_acl_classify_alg algorithm;
} back_ends[] = {
	{"scalar", RTE_ACL_CLASSIFY_SCALAR},       {"sse", RTE_ACL_CLASSIFY_SSE},
	{"avx2", RTE_ACL_CLASSIFY_AVX2},           {"avx512x16", RTE_ACL_CLASSIFY_AVX512X16},
	{"avx512x32", RTE_ACL_CLASSIFY_AVX512X32},
};

static void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *map_file(const char *path, size_t *size)
{
	struct stat status;
	int file = open(path, O_RDONLY);
	if (file < 0 || fstat(file, &status) != 0)
		fail("cannot open the input");
	*size = (size_t)status.st_size;
	void *data = mmap(NULL, *size + 1, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
	if (data == MAP_FAILED)
		fail("cannot map the input");
	return data;
}

/* Without a hugetlbfs mount, transparent huge pages are the next best thing for the library's tables. */
static int use_huge_pages(const struct rte_memseg_list *list, void *unused)
{
	(void)unused;
	madvise(list->base_va, list->len, MADV_HUGEPAGE);
	return 0;
}

static size_t count_heap_bytes(void)
{
	struct rte_malloc_socket_stats stats;
	if (rte_malloc_get_socket_stats(0, &stats) != 0)
		fail("no heap statistics");
	return stats.heap_allocsz_bytes;
}

static void add_rules(struct rte_acl_ctx *context, const uint32_t *numbers, size_t count)
{
	struct acl_rule *rules = calloc(count, sizeof *rules);
	for (size_t i = 0; i < count; i++, numbers += NUMBERS) {
		struct acl_rule *rule = &rules[i];
		rule->data.category_mask = 1;
		rule->data.priority = (int32_t)(count - i);
		rule->data.userdata = (uint32_t)(i + 1);
		rule->field[0].value.u8 = (uint8_t)numbers[8];
		rule->field[0].mask_range.u8 = (uint8_t)numbers[9];
		for (int f = 0; f < 2; f++) {
			rule->field[1 + f].value.u32 = numbers[2 * f];
			rule->field[1 + f].mask_range.u32 = numbers[2 * f + 1];
			rule->field[3 + f].value.u16 = (uint16_t)numbers[4 + 2 * f];
			rule->field[3 + f].mask_range.u16 = (uint16_t)numbers[5 + 2 * f];
		}
	}
	if (rte_acl_add_rules(context, (const struct rte_acl_rule *)rules, (uint32_t)count) != 0)
		fail("librte_acl refuses the rules");
	free(rules);
}

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

/* Returns the median of `rounds` passes in ns per packet, or a negative number where the CPU lacks the back end. */
static double time_rounds(const struct rte_acl_ctx *context, const uint8_t **data, uint32_t *results, size_t count,
                          int rounds, enum rte_acl_classify_alg algorithm)
{
	double *times = calloc((size_t)rounds, sizeof *times);
	for (int round = -1; round < rounds; round++) { /* round -1 warms up */
		double start = now();
		for (size_t i = 0; i < count; i += BURST)
			if (rte_acl_classify_alg(context, data + i, results + i, BURST, 1, algorithm) != 0)
				return -1;
		if (round >= 0)
			times[round] = 1e9 * (now() - start) / (double)count;
	}
	qsort(times, (size_t)rounds, sizeof *times, compare_doubles);
	double median = times[rounds / 2];
	free(times);
	return median;
}

int main(int argc, char **argv)
{
	char *options[] = {"acl",          "--no-huge",      "--no-pci", "--no-shconf", "--no-telemetry",
	                   "--log-level=1", "--lcores=0", "-m",       "6144"};
	if (argc != 5)
		fail("usage: acl RULES FRAMES ANSWERS ROUNDS");
	if (rte_eal_init(sizeof options / sizeof *options, options) < 0)
		fail("the EAL does not start");
	rte_memseg_list_walk(use_huge_pages, NULL);

	size_t rules_size, frames_size;
	const uint32_t *numbers = map_file(argv[1], &rules_size);
	const uint8_t *frames = map_file(argv[2], &frames_size);
	size_t rule_count = rules_size / (NUMBERS * sizeof *numbers), count = frames_size / FRAME;
	if (count == 0 || count % BURST != 0)
		fail("the packets do not fill bursts");

	struct rte_acl_param parameters = {"peer", SOCKET_ID_ANY, RTE_ACL_RULE_SZ(FIELDS), (uint32_t)rule_count};
	struct rte_acl_ctx *context = rte_acl_create(&parameters);
	if (context == NULL)
		fail("librte_acl gives no context");
	add_rules(context, numbers, rule_count);
	struct rte_acl_config config = {.num_categories = 1, .num_fields = FIELDS};
	memcpy(config.defs, definitions, sizeof definitions);
	size_t before = count_heap_bytes();
	double start = now();
	if (rte_acl_build(context, &config) != 0)
		fail("librte_acl cannot build");
	printf("build %.4f\n", now() - start);
	printf("memory %zu\nrules %zu\n", count_heap_bytes() - before, rule_count * (size_t)parameters.rule_size);

	const uint8_t **data = calloc(count, sizeof *data);
	uint32_t *answers = calloc(count, sizeof *answers), *results = calloc(count, sizeof *results);
	for (size_t i = 0; i < count; i++)
		data[i] = frames + i * FRAME + PROTOCOL_AT;
	for (size_t i = 0; i < count; i += BURST)
		rte_acl_classify_alg(context, data + i, answers + i, BURST, 1, RTE_ACL_CLASSIFY_SCALAR);
	for (size_t b = 0; b < sizeof back_ends / sizeof *back_ends; b++) {
		double median = time_rounds(context, data, results, count, atoi(argv[4]), back_ends[b].algorithm);
		if (median < 0)
			continue;
		size_t wrong = 0;
		for (size_t i = 0; i < count; i++)
			wrong += results[i] != answers[i];
		printf("%s %.2f %zu\n", back_ends[b].name, median, wrong);
	}
	FILE *out = fopen(argv[3], "wb");
	if (out == NULL || fwrite(answers, sizeof *answers, count, out) != count || fclose(out) != 0)
		fail("cannot write the answers");
	return 0;
}
