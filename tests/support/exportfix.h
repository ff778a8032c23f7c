/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_EXPORTFIX_H
#define CGN_TEST_EXPORTFIX_H

/**
 * @file
 * Records and their origin as values, and files of lines.
 */

#include "controlplane/export/export_origin.h"
#include "tests/support/cu.h"

#include <stdio.h>
#include <string.h>

#include <rte_byteorder.h>

/** An origin with one worker, the pools "homes" (number 1) and "fast" (2), and records of blocks. */
static inline struct cgn_export_origin *
exportfix_origin(void)
{
	static char names[CGN_EXPORT_POOLS_PIECE][CGN_NAME_MAX];
	static struct cgn_export_origin o;

	memset(names, 0, sizeof(names));
	snprintf(names[1], sizeof(names[1]), "homes");
	snprintf(names[2], sizeof(names[2]), "fast");
	o = (struct cgn_export_origin){
		.host = "cgn1.example.net",
		.instance = "cgnd",
		.boot = "0123456789abcdef",
		.pools = { .now = { 1, 2 }, .pieces = { names } },
		.kinds = UINT32_C(1) << CGN_RECORD_KIND_PROCESS |
				UINT32_C(1) << CGN_RECORD_KIND_BLOCKS,
		.n_workers = 1,
		.pid = 4711,
	};
	return &o;
}

/** The record of a block of 64 ports of 198.51.100.3. Its time is 2026-11-29T16:20:01.007Z. */
static inline struct cgn_record
exportfix_block(uint64_t seq)
{
	return (struct cgn_record){
		.time = UINT64_C(1795969201007),
		.seq = seq,
		.event = CGN_RECORD_BLOCK_ALLOCATED,
		.nat = { .inside.ip4 = RTE_BE32(0x64400009),
				.inside_len = 32,
				.ext_addr = RTE_BE32(0xc6336403),
				.pool = 1,
				.port_first = 1024,
				.port_last = 1087 },
	};
}

/** Read a file. @return its content, valid until the next call; "": there is none */
static inline const char *
exportfix_read(const char *path)
{
	static char text[1 << 20];
	FILE *f = fopen(path, "r");
	size_t n = 0;

	if (f != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

/** How often a text has another one. */
static inline unsigned int
exportfix_count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

#endif /* CGN_TEST_EXPORTFIX_H */
