/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The blocks of a pcapng file. rte_pcapng is not used: it needs EAL and mbufs, and that of DPDK 22.11 has no comments.
 */
#include "controlplane/cgnctl/ctlpcapng.h"

#include <string.h>

/* Types of blocks. */
#define BLOCK_SECTION    0x0a0d0d0au
#define BLOCK_INTERFACE  1u
#define BLOCK_PACKET     6u

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define LINK_ETHERNET    1
#define NANOSECONDS      9 /* if_tsresol: 10 to the power of -9 */
#define DIRECTION_IN     1u
#define DIRECTION_OUT    2u

/* Codes of options. */
enum {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	SECTION_PROGRAM = 4,
	INTERFACE_NAME = 2,
	INTERFACE_RESOLUTION = 9,
	INTERFACE_FILTER = 11,
	PACKET_FLAGS = 2,
	PACKET_ID = 5,
};

/* An option of a block. */
struct option {
	uint16_t code;
	const void *value; /* NULL: the option is left out */
	size_t len;
};

static uint32_t
padded(size_t len)
{
	return (uint32_t)((len + 3) / 4 * 4);
}

static void
put(FILE *out, const void *octets, size_t len)
{
	static const uint8_t zeros[4];

	fwrite(octets, 1, len, out);
	fwrite(zeros, 1, padded(len) - len, out);
}

static struct option
text_option(uint16_t code, const char *text)
{
	return (struct option){ code, text,
		text == NULL ? 0 : strnlen(text, CGN_CTLPCAPNG_TEXT_MAX) };
}

static uint32_t
options_size(const struct option *options, size_t n)
{
	uint32_t size = 4; /* the option that ends them */

	for (size_t i = 0; i < n; i++)
		size += options[i].value == NULL ? 0 : 4 + padded(options[i].len);
	return size;
}

static void
put_options(FILE *out, const struct option *options, size_t n)
{
	static const uint16_t end[2] = { OPTION_END, 0 };

	for (size_t i = 0; i < n; i++) {
		const uint16_t head[2] = { options[i].code, (uint16_t)options[i].len };

		if (options[i].value == NULL)
			continue;
		put(out, head, sizeof(head));
		put(out, options[i].value, options[i].len);
	}
	put(out, end, sizeof(end));
}

/* Write a block: its fixed part, data that may be empty, and options. Its length stands at both ends. */
static void
put_block(FILE *out, uint32_t type, const void *fixed, size_t fixed_len, const void *data,
		size_t data_len, const struct option *options, size_t n)
{
	uint32_t size = 12 + padded(fixed_len) + padded(data_len) + options_size(options, n);
	const uint32_t head[2] = { type, size };

	put(out, head, sizeof(head));
	put(out, fixed, fixed_len);
	if (data_len > 0)
		put(out, data, data_len);
	put_options(out, options, n);
	put(out, &size, sizeof(size));
}

void
cgn_ctlpcapng_begin(FILE *out, const char *program)
{
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t length[2]; /* of the section; all ones: not told */
	} fixed = { BYTE_ORDER_MAGIC, 1, 0, { UINT32_MAX, UINT32_MAX } };
	const struct option options[] = { text_option(SECTION_PROGRAM, program) };

	put_block(out, BLOCK_SECTION, &fixed, sizeof(fixed), NULL, 0, options, 1);
}

void
cgn_ctlpcapng_port(FILE *out, const char *name, uint32_t snaplen, const char *filter)
{
	static const uint8_t resolution = NANOSECONDS;
	const struct {
		uint16_t link_type, reserved;
		uint32_t snaplen;
	} fixed = { LINK_ETHERNET, 0, snaplen };
	/* The first octet says that the filter is a text. */
	char text[1 + CGN_CTLPCAPNG_TEXT_MAX] = "";
	struct option options[] = {
		text_option(INTERFACE_NAME, name),
		{ INTERFACE_RESOLUTION, &resolution, sizeof(resolution) },
		{ INTERFACE_FILTER, NULL, 0 },
	};

	if (filter != NULL) {
		size_t len = strnlen(filter, CGN_CTLPCAPNG_TEXT_MAX);

		memcpy(text + 1, filter, len);
		options[2] = (struct option){ INTERFACE_FILTER, text, 1 + len };
	}
	put_block(out, BLOCK_INTERFACE, &fixed, sizeof(fixed), NULL, 0, options, 3);
}

void
cgn_ctlpcapng_packet(FILE *out, const struct cgn_ctlpcapng_packet *p)
{
	const uint32_t fixed[5] = { p->port, (uint32_t)(p->time_ns >> 32), (uint32_t)p->time_ns,
		p->caplen, p->len };
	const uint32_t flags = p->is_sent ? DIRECTION_OUT : DIRECTION_IN;
	const struct option options[] = {
		text_option(OPTION_COMMENT, p->comment),
		{ PACKET_FLAGS, &flags, sizeof(flags) },
		{ PACKET_ID, p->id == 0 ? NULL : &p->id, sizeof(p->id) },
	};

	put_block(out, BLOCK_PACKET, fixed, sizeof(fixed), p->octets, p->caplen, options, 3);
}
