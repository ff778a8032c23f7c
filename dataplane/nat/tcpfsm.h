/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TCPFSM_H
#define CGN_TCPFSM_H

/**
 * @file
 * The TCP connection state of one session, as a table of states and events (RFC 7857 section 2 with RFC
 * 5382 section 5).
 *
 * A connection counts as established, and gets the long timer, only after both sides have sent a segment
 * with ACK. Under endpoint-independent filtering, a SYN from outside and a SYN-ACK from inside must not be
 * enough for two hours of state.
 */

#include "shared/tcpstate.h"

#include <stdint.h>

/** Direction of a segment: from inside (out) or from outside (in). */
enum cgn_tcp_dir {
	CGN_TCP_DIR_OUT,
	CGN_TCP_DIR_IN,
};

/** What the flags of a segment mean for a connection. */
enum cgn_tcp_event {
	CGN_TCP_EV_SYN, /* SYN without ACK */
	CGN_TCP_EV_SYNACK,
	CGN_TCP_EV_ACK, /* any other segment with ACK */
	CGN_TCP_EV_FIN,
	CGN_TCP_EV_RST,
	CGN_TCP_EV_OTHER, /* neither SYN, ACK, FIN nor RST */
	CGN_TCP_EV_COUNT,
};

/** The timer of a state. */
enum cgn_tcp_timer {
	CGN_TCP_TIMER_OPENING,
	CGN_TCP_TIMER_ESTABLISHED,
	CGN_TCP_TIMER_CLOSING,
};

/** The event of a segment's flags. */
enum cgn_tcp_event cgn_tcpfsm_event(uint8_t flags);

/** Next state. */
enum cgn_tcp_state
cgn_tcpfsm_next(enum cgn_tcp_state s, enum cgn_tcp_dir dir, enum cgn_tcp_event ev);

/** Timer of a state. */
enum cgn_tcp_timer cgn_tcpfsm_timer(enum cgn_tcp_state s);

#endif /* CGN_TCPFSM_H */
