/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TCPSTATE_H
#define CGN_TCPSTATE_H

/**
 * @file
 * TCP states of a session, as a NAT between the two ends sees the connection.
 */

/** State of a session. nat/tcpfsm.c has the transitions. */
enum cgn_tcp_state {
	CGN_TCP_NONE,     /* no session */
	CGN_TCP_SYN_OUT,  /* SYN from inside */
	CGN_TCP_SYN_IN,   /* SYN from outside, nothing from inside yet: holds no mapping */
	CGN_TCP_SYN_BOTH, /* simultaneous open: SYNs crossed, no ACK yet */
	CGN_TCP_WAIT_OUT, /* outside has acknowledged, inside not yet */
	CGN_TCP_WAIT_IN,  /* inside has acknowledged, outside not yet */
	CGN_TCP_ESTABLISHED,
	CGN_TCP_FIN_OUT,       /* FIN from inside */
	CGN_TCP_FIN_IN,        /* FIN from outside */
	CGN_TCP_CLOSING,       /* FINs from both */
	CGN_TCP_RESET_OPENING, /* RST before it was established */
	CGN_TCP_RESET,         /* RST of an established connection */
	CGN_TCP_FILTER, /* no connection: a filter entry of another protocol or of an address */
	CGN_TCP_STATE_COUNT,
};

/** Name of a state for tables and logs. */
const char *cgn_tcpstate_name(enum cgn_tcp_state s);

#endif /* CGN_TCPSTATE_H */
