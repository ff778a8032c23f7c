/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLPCAPNG_H
#define CGN_CTLPCAPNG_H

/**
 * @file
 * Writes a capture file of the form pcapng (draft-ietf-opsawg-pcapng), which Wireshark reads.
 *
 * A file has one section. It begins with cgn_ctlpcapng_begin(), then come all ports, then the packets. The file is whole
 * after each of these calls. Integers have the byte order of this machine, which the file tells.
 *
 * Errors: as stdio, ferror() has them.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** Most octets of a text in the file; the rest is left out. */
#define CGN_CTLPCAPNG_TEXT_MAX 4096

/** A packet for the file. */
struct cgn_ctlpcapng_packet {
	uint32_t port;         /* index of the port, in the order of cgn_ctlpcapng_port() */
	bool is_sent;          /* it left by the port; else it came by it */
	uint64_t time_ns;      /* since 1970 */
	uint64_t id;           /* frames of one packet on two ports have the same number; 0: none */
	const uint8_t *octets; /* of the Ethernet frame, without its checksum */
	uint32_t caplen;       /* octets that are there */
	uint32_t len;          /* octets that the frame had */
	const char *comment;   /* NULL: none */
};

/** Begin a file. @param program  name and version of the one that writes it */
void cgn_ctlpcapng_begin(FILE *out, const char *program);

/** Add a port with Ethernet. @param snaplen  most octets of a frame @param filter  NULL: none */
void cgn_ctlpcapng_port(FILE *out, const char *name, uint32_t snaplen, const char *filter);

/** Add a packet. */
void cgn_ctlpcapng_packet(FILE *out, const struct cgn_ctlpcapng_packet *p);

#endif /* CGN_CTLPCAPNG_H */
