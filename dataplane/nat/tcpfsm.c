/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The TCP state machine as a table.
 */
#include "dataplane/nat/tcpfsm.h"

#include <rte_tcp.h>

/* Short names, so that the table fits the page. */
#define NON CGN_TCP_NONE
#define SYO CGN_TCP_SYN_OUT
#define SYI CGN_TCP_SYN_IN
#define SYB CGN_TCP_SYN_BOTH
#define WTO CGN_TCP_WAIT_OUT
#define WTI CGN_TCP_WAIT_IN
#define EST CGN_TCP_ESTABLISHED
#define FNO CGN_TCP_FIN_OUT
#define FNI CGN_TCP_FIN_IN
#define CLO CGN_TCP_CLOSING
#define RSO CGN_TCP_RESET_OPENING
#define RST CGN_TCP_RESET
#define FIL CGN_TCP_FILTER

/*
 * Index: [state][direction][event].
 *
 * A SYN on a connection that is closing or was reset opens a new one (RFC 6191, A-TCP-10).
 *
 * A SYN on an established connection changes nothing. A SYN from outside on a half-closed one changes
 * nothing either. Otherwise anybody who guesses the endpoints could end the connection.
 *
 * A reset may be forged, so the state after it is not final. Any other segment shows that the receiver
 * ignored the reset (RFC 7857 section 2.2). An inside host that is still connected answers even a forged
 * SYN with an ACK (RFC 5961 section 4).
 */
/* clang-format off */
static const uint8_t next_state[CGN_TCP_STATE_COUNT][2][CGN_TCP_EV_COUNT] = {
	/*                           SYN  SYNACK ACK  FIN  RST  OTHER */
	[CGN_TCP_NONE]        = { { SYO, NON, NON, NON, NON, NON },
				  { SYI, NON, NON, NON, NON, NON } },
	[CGN_TCP_SYN_OUT]     = { { SYO, SYO, SYO, SYO, RSO, SYO },
				  { SYB, WTO, SYO, SYO, RSO, SYO } },
	[CGN_TCP_SYN_IN]      = { { SYB, WTI, WTI, SYI, RSO, SYI },
				  { SYI, SYI, SYI, SYI, RSO, SYI } },
	[CGN_TCP_SYN_BOTH]    = { { SYB, WTI, WTI, SYB, RSO, SYB },
				  { SYB, WTO, WTO, SYB, RSO, SYB } },
	[CGN_TCP_WAIT_OUT]    = { { WTO, EST, EST, FNO, RSO, WTO },
				  { WTO, WTO, WTO, WTO, RSO, WTO } },
	[CGN_TCP_WAIT_IN]     = { { WTI, WTI, WTI, WTI, RSO, WTI },
				  { WTI, EST, EST, FNI, RSO, WTI } },
	[CGN_TCP_ESTABLISHED] = { { EST, EST, EST, FNO, RST, EST },
				  { EST, EST, EST, FNI, RST, EST } },
	[CGN_TCP_FIN_OUT]     = { { SYO, FNO, FNO, FNO, RST, FNO },
				  { FNO, FNO, FNO, CLO, RST, FNO } },
	[CGN_TCP_FIN_IN]      = { { SYO, FNI, FNI, CLO, RST, FNI },
				  { FNI, FNI, FNI, FNI, RST, FNI } },
	[CGN_TCP_CLOSING]     = { { SYO, CLO, CLO, CLO, RST, CLO },
				  { SYI, CLO, CLO, CLO, RST, CLO } },
	/* The connection was not established before the reset, so both sides must acknowledge again. */
	[CGN_TCP_RESET_OPENING] = { { SYO, WTI, WTI, RSO, RSO, RSO },
				  { SYI, WTO, WTO, RSO, RSO, RSO } },
	[CGN_TCP_RESET]       = { { SYO, EST, EST, FNO, RST, EST },
				  { SYI, EST, EST, FNI, RST, EST } },
	[CGN_TCP_FILTER]      = { { FIL, FIL, FIL, FIL, FIL, FIL },
				  { FIL, FIL, FIL, FIL, FIL, FIL } },
};
/* clang-format on */

enum cgn_tcp_event
cgn_tcpfsm_event(uint8_t flags)
{
	if ((flags & RTE_TCP_RST_FLAG) != 0)
		return CGN_TCP_EV_RST;
	if ((flags & RTE_TCP_SYN_FLAG) != 0)
		return (flags & RTE_TCP_ACK_FLAG) != 0 ? CGN_TCP_EV_SYNACK : CGN_TCP_EV_SYN;
	/* All segments after the first SYN have ACK, so a FIN without ACK is not valid. */
	if ((flags & RTE_TCP_ACK_FLAG) == 0)
		return CGN_TCP_EV_OTHER;
	return (flags & RTE_TCP_FIN_FLAG) != 0 ? CGN_TCP_EV_FIN : CGN_TCP_EV_ACK;
}

enum cgn_tcp_state
cgn_tcpfsm_next(enum cgn_tcp_state s, enum cgn_tcp_dir dir, enum cgn_tcp_event ev)
{
	return (enum cgn_tcp_state)next_state[s][dir][ev];
}

enum cgn_tcp_timer
cgn_tcpfsm_timer(enum cgn_tcp_state s)
{
	switch (s) {
	case CGN_TCP_ESTABLISHED:
	case CGN_TCP_FIN_OUT:
	case CGN_TCP_FIN_IN:
		return CGN_TCP_TIMER_ESTABLISHED;
	case CGN_TCP_CLOSING:
	case CGN_TCP_RESET_OPENING:
	case CGN_TCP_RESET:
		return CGN_TCP_TIMER_CLOSING;
	case CGN_TCP_NONE:
	case CGN_TCP_SYN_OUT:
	case CGN_TCP_SYN_IN:
	case CGN_TCP_SYN_BOTH:
	case CGN_TCP_WAIT_OUT:
	case CGN_TCP_WAIT_IN:
	case CGN_TCP_FILTER:
	case CGN_TCP_STATE_COUNT:
		break;
	}
	return CGN_TCP_TIMER_OPENING;
}
