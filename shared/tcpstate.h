/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TCPSTATE_H
#define CGN_TCPSTATE_H

/**
 * @file
 * TCP states of a session. They describe the connection from the view of a NAT between the two ends.
 */

/** State of a session. The transitions are in nat/tcpfsm.c. */
enum cgn_tcp_state {
	CGN_TCP_NONE,     /* no session */
	CGN_TCP_SYN_OUT,  /* SYN from inside */
	CGN_TCP_SYN_IN,   /* SYN from outside, nothing from inside yet: does not hold the mapping */
	CGN_TCP_SYN_BOTH, /* simultaneous open: SYNs crossed, no ACK yet */
	CGN_TCP_WAIT_OUT, /* the remote host has acknowledged, the inside host not yet */
	CGN_TCP_WAIT_IN,  /* the inside host has acknowledged, the remote host not yet */
	CGN_TCP_ESTABLISHED,
	CGN_TCP_FIN_OUT,       /* FIN from inside */
	CGN_TCP_FIN_IN,        /* FIN from outside */
	CGN_TCP_CLOSING,       /* FINs from both sides */
	CGN_TCP_RESET_OPENING, /* RST before it was established */
	CGN_TCP_RESET,         /* RST of an established connection */
	CGN_TCP_FILTER,        /* no connection: a filter entry (UDP, or for a whole address) */
	CGN_TCP_STATE_COUNT,
};

/** Name of a state for tables and logs. */
const char *cgn_tcpstate_name(enum cgn_tcp_state s);

#endif /* CGN_TCPSTATE_H */
