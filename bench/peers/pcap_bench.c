/* libpcap's side of the classification benchmark: a loop in C, so that only libpcap's own work is timed.
 *
 * For each packet, ask each program in turn with pcap_offline_filter, as a program with several expressions must.
 */
#include <pcap/pcap.h>
#include <stddef.h>
#include <stdint.h>

/* masks[i]: bit p is set when programs[p] accepts packet i; at most 64 programs. */
void classify_all(struct bpf_program *const *programs, size_t program_count, const struct pcap_pkthdr *headers,
                  const uint8_t *const *packets, size_t packet_count, uint64_t *masks)
{
	for (size_t i = 0; i < packet_count; i++) {
		uint64_t mask = 0;
		for (size_t p = 0; p < program_count; p++)
			mask |= (uint64_t)(pcap_offline_filter(programs[p], &headers[i], packets[i]) != 0) << p;
		masks[i] = mask;
	}
}

/* numbers[i]: the first program that accepts packet i, counted from 1; 0 when none does. */
void classify_first(struct bpf_program *const *programs, size_t program_count, const struct pcap_pkthdr *headers,
                    const uint8_t *const *packets, size_t packet_count, uint64_t *numbers)
{
	for (size_t i = 0; i < packet_count; i++) {
		size_t p = 0;
		while (p < program_count && pcap_offline_filter(programs[p], &headers[i], packets[i]) == 0)
			p++;
		numbers[i] = p < program_count ? p + 1 : 0;
	}
}
