/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PCP_OPTIONS_H
#define CGN_PCP_OPTIONS_H

/**
 * @file
 * Reads and writes the options of PCP messages, and decides which options a request may have.
 *
 * Source:  RFC 6887 sections 7.3 and 13, RFC 7220 (DESCRIPTION), RFC 7753 (PORT_SET), RFC 7648 section 3.4.
 * Units:   ports and sizes in host order, addresses in network order.
 * Threads: any. Pure.
 */

#include "controlplane/pcp/pcp_codes.h"
#include "shared/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGN_PCP_MESSAGE_MAX     1100 /* octets of a message (RFC 6887 section 7) */
#define CGN_PCP_DESCRIPTION_MAX 1016 /* octets of a description (RFC 7220 section 2) */
#define CGN_PCP_FILTERS_MAX     43   /* FILTER options that fit into a request for a mapping */

/** A message that is being written, or that can be sent. */
struct cgn_pcp_message {
	size_t len; /* octets that are written; a multiple of 4 */
	uint8_t octets[CGN_PCP_MESSAGE_MAX];
};

/** An option as it is in a message. */
struct cgn_pcp_option {
	uint8_t code;
	uint16_t len;        /* octets of data, without padding */
	const uint8_t *data; /* inside the message that was read */
};

/** The options of a message that are still to be read. It points into the message, and owns nothing. */
struct cgn_pcp_cursor {
	const uint8_t *at;
	size_t len;
};

/** The data of a FILTER option. */
struct cgn_pcp_filter {
	/** The message has a prefix length of 0: forget all filters so far. */
	bool is_clear;
	/** An IPv4 prefix has a length of 0 to 32 here, and 96 more in a message. */
	struct cgn_prefix remote;
	uint16_t port; /* of the remote peer; 0: all ports */
};

/** The data of a PORT_SET option. */
struct cgn_pcp_port_set {
	uint16_t size; /* number of ports; not 0 */
	uint16_t first_in_port;
	bool parity; /* P bit */
};

/** All options of one message that the codec understands. A struct of zeros has no options. */
struct cgn_pcp_options {
	bool has_third_party;
	bool prefer_failure;
	bool has_description;
	bool has_port_set;
	struct cgn_ip third_party; /* the inside address of the mapping */
	struct cgn_pcp_port_set port_set;
	unsigned int n_filters;
	struct cgn_pcp_filter filters[CGN_PCP_FILTERS_MAX]; /* in the order of the message */
	uint16_t description_len;                           /* 0: forget the description */
	char description[CGN_PCP_DESCRIPTION_MAX]; /* UTF-8 without NUL; may have control characters */
};

/** Options that a server processes for one client: the bits of @p processed in struct cgn_pcp_asked. */
enum cgn_pcp_processed {
	CGN_PCP_DO_THIRD_PARTY = 1 << 0,
	CGN_PCP_DO_PREFER_FAILURE = 1 << 1,
	CGN_PCP_DO_FILTER = 1 << 2,
	CGN_PCP_DO_DESCRIPTION = 1 << 3,
	CGN_PCP_DO_PORT_SET = 1 << 4,
	CGN_PCP_DO_ALL = (1 << 5) - 1,
	/** Do not refuse options without a rule, because a proxy passes them on (RFC 7648 section 3.4). */
	CGN_PCP_PASS_UNKNOWN = 1 << 5,
};

/** What the rules of options need to know of the request. */
struct cgn_pcp_asked {
	uint8_t opcode;         /* enum cgn_pcp_opcode */
	uint32_t lifetime_s;    /* requested */
	uint16_t ext_port;      /* suggested */
	struct cgn_ip client;   /* the source of the packet */
	unsigned int processed; /* enum cgn_pcp_processed */
};

/**
 * Read the next option.
 *
 * @param c  moves behind the option
 * @return false: no whole option is left, and @p c and @p out are as before. If c->len is 0, this is the end. Else the
 *         octets at c->at are no option
 */
bool cgn_pcp_options_next(struct cgn_pcp_cursor *c, struct cgn_pcp_option *out);

/** Whether the codec has a rule for an option code. A proxy never passes such an option on unread. */
bool cgn_pcp_options_is_known(uint8_t code);

/**
 * Read the options of a request in their order.
 *
 * An option that may be ignored is left out of @p out if it is not processed, or not valid for the opcode, or a
 * description that is not valid (RFC 7220 section 3).
 *
 * @param[out] out  meaningful on success only
 * @return
 *   - CGN_PCP_SUCCESS
 *   - CGN_PCP_MALFORMED_OPTION: an option exceeds the message, has a wrong length or content, is there twice, or makes
 *     no sense in this request
 *   - CGN_PCP_UNSUPP_OPTION: an option that must be processed is not
 *   - CGN_PCP_MALFORMED_REQUEST: PREFER_FAILURE in a PEER request; the client itself as third party
 */
enum cgn_pcp_result cgn_pcp_options_read(struct cgn_pcp_options *out, struct cgn_pcp_cursor c,
		const struct cgn_pcp_asked *asked);

/**
 * Read the options of an answer. A client ignores what it does not understand (RFC 6887 section 7.3). So an option that
 * is not valid is left out, and of a repeated option the last one counts.
 */
void cgn_pcp_options_read_answer(struct cgn_pcp_options *out, struct cgn_pcp_cursor c);

/**
 * Add an option behind a message, with padding.
 *
 * @param o  o->data has o->len octets outside of @p m; it may be NULL if o->len is 0
 * @return false: there is no room, and @p m is as before
 */
bool cgn_pcp_options_add(struct cgn_pcp_message *m, const struct cgn_pcp_option *o);

/**
 * Add options behind a message: THIRD_PARTY, PREFER_FAILURE, FILTER, DESCRIPTION, PORT_SET.
 *
 * @return false: there is no room, and @p m is as before
 */
bool cgn_pcp_options_write(struct cgn_pcp_message *m, const struct cgn_pcp_options *options);

#endif /* CGN_PCP_OPTIONS_H */
