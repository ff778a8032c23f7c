/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file of a capture: libpcap reads its packets, and the test itself the options, which libpcap does not tell.
 */
#include "controlplane/cgnctl/ctlpcapng.h"
#include "tests/support/cu.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_NS UINT64_C(1796045107123456789)

static const uint8_t frame[61] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45 };

static char *file;
static size_t file_len;

/* A file with two ports and packets whose sizes need all paddings. */
static void
write_file(const char *filter)
{
	FILE *out = open_memstream(&file, &file_len);
	struct cgn_ctlpcapng_packet p = { .octets = frame, .time_ns = EPOCH_NS, .id = 7 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	cgn_ctlpcapng_begin(out, "cgnctl 1.2.3");
	cgn_ctlpcapng_port(out, "inside0", 16384, filter);
	cgn_ctlpcapng_port(out, "outside0", 16384, NULL);
	for (uint32_t i = 0; i < 5; i++) {
		p.port = i % 2;
		p.is_sent = i % 2 != 0;
		p.caplen = 57 + i;
		p.len = 1500 + i;
		p.comment = i == 4 ? NULL : &"out of the mapping"[i];
		cgn_ctlpcapng_packet(out, &p);
		p.id = 0;
	}
	CU_ASSERT_EQUAL(ferror(out), 0);
	fclose(out);
}

/* G-DAY-26 */
static void
libpcap_reads_the_packets(void)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct pcap_pkthdr h;
	const u_char *octets;
	FILE *in;
	pcap_t *p;

	write_file("udp port 53");
	in = fmemopen(file, file_len, "rb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	p = pcap_fopen_offline_with_tstamp_precision(in, PCAP_TSTAMP_PRECISION_NANO, why);
	if (p == NULL)
		printf("\n%s\n", why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(pcap_datalink(p), DLT_EN10MB);
	for (unsigned int i = 0; i < 5; i++) {
		octets = pcap_next(p, &h);
		CU_ASSERT_PTR_NOT_NULL_FATAL(octets);
		CU_ASSERT_EQUAL(h.caplen, 57 + i);
		CU_ASSERT_EQUAL(h.len, 1500 + i);
		CU_ASSERT_EQUAL((uint64_t)h.ts.tv_sec, EPOCH_NS / 1000000000u);
		CU_ASSERT_EQUAL((uint64_t)h.ts.tv_usec, EPOCH_NS % 1000000000u);
		CU_ASSERT_EQUAL(memcmp(octets, frame, h.caplen), 0);
	}
	CU_ASSERT_PTR_NULL(pcap_next(p, &h));
	CU_ASSERT_STRING_EQUAL(pcap_geterr(p), "");
	pcap_close(p);
	free(file);
}

/* A block number of the file, with its length. */
static const char *
block(unsigned int i, uint32_t *len)
{
	const char *at = file;
	uint32_t last;

	for (;; at += *len) {
		CU_ASSERT_TRUE_FATAL(at + 12 <= file + file_len);
		memcpy(len, at + 4, 4);
		CU_ASSERT_TRUE_FATAL(*len % 4 == 0 && *len >= 12 && at + *len <= file + file_len);
		memcpy(&last, at + *len - 4, 4);
		CU_ASSERT_EQUAL(last, *len);
		if (i-- == 0)
			return at;
	}
}

/* The value of an option in a block. @param at  where the options begin @return its octets; -1: it is not there */
static int
option(unsigned int i, size_t at, uint16_t code, char value[static 64])
{
	uint32_t len;
	const char *b = block(i, &len), *o = b + at;
	uint16_t head[2];

	for (;; o += 4 + (head[1] + 3) / 4 * 4) {
		CU_ASSERT_TRUE_FATAL(o + 4 <= b + len - 4);
		memcpy(head, o, 4);
		if (head[0] == 0)
			CU_ASSERT_TRUE(o + 4 == b + len - 4);
		if (head[0] == 0)
			return -1;
		if (head[0] != code)
			continue;
		CU_ASSERT_TRUE_FATAL(head[1] < 64);
		memcpy(value, o + 4, head[1]);
		value[head[1]] = '\0';
		return head[1];
	}
}

/* G-DAY-26: what a packet was for cgnd stands beside it. */
static void
options_tell_ports_direction_and_verdict(void)
{
	char v[64];
	uint32_t flags;
	uint64_t id;

	write_file("udp port 53");
	CU_ASSERT_TRUE(option(0, 24, 4, v) > 0);
	CU_ASSERT_STRING_EQUAL(v, "cgnctl 1.2.3");
	CU_ASSERT_TRUE(option(1, 16, 2, v) > 0);
	CU_ASSERT_STRING_EQUAL(v, "inside0");
	CU_ASSERT_EQUAL(option(1, 16, 9, v), 1);
	CU_ASSERT_EQUAL(v[0], 9);
	CU_ASSERT_EQUAL(option(1, 16, 11, v), 12);
	CU_ASSERT_EQUAL(v[0], 0);
	CU_ASSERT_STRING_EQUAL(v + 1, "udp port 53");
	CU_ASSERT_TRUE(option(2, 16, 2, v) > 0);
	CU_ASSERT_STRING_EQUAL(v, "outside0");
	CU_ASSERT_EQUAL(option(2, 16, 11, v), -1);
	for (unsigned int i = 0; i < 5; i++) {
		size_t at = 28 + (57 + i + 3) / 4 * 4;

		CU_ASSERT_EQUAL(option(3 + i, at, 2, v), 4);
		memcpy(&flags, v, 4);
		CU_ASSERT_EQUAL(flags, i % 2 == 0 ? 1 : 2);
		CU_ASSERT_EQUAL(option(3 + i, at, 5, v), i == 0 ? 8 : -1);
		memcpy(&id, v, 8);
		CU_ASSERT_TRUE(i != 0 || id == 7);
		CU_ASSERT_EQUAL(option(3 + i, at, 1, v), i == 4 ? -1 : 18 - (int)i);
		CU_ASSERT_TRUE(i == 4 || strcmp(v, &"out of the mapping"[i]) == 0);
	}
	free(file);
}

/* A text that is too long is cut; its block stays whole. */
static void
long_texts_are_cut(void)
{
	static char filter[2 * CGN_CTLPCAPNG_TEXT_MAX];
	uint32_t len;

	memset(filter, 'x', sizeof(filter) - 1);
	write_file(filter);
	(void)block(1, &len);
	CU_ASSERT_TRUE(len > CGN_CTLPCAPNG_TEXT_MAX && len < CGN_CTLPCAPNG_TEXT_MAX + 64);
	(void)block(7, &len);
	free(file);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(libpcap_reads_the_packets),
	CU_TEST_ROW(options_tell_ports_direction_and_verdict),
	CU_TEST_ROW(long_texts_are_cut),
};

CU_MAIN("ctlpcapng", tests)
