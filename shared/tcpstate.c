/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Names of the TCP states.
 */
#include "shared/tcpstate.h"

const char *
cgn_tcpstate_name(enum cgn_tcp_state s)
{
	static const char *const names[CGN_TCP_STATE_COUNT] = {
		[CGN_TCP_NONE] = "none",
		[CGN_TCP_SYN_OUT] = "syn_out",
		[CGN_TCP_SYN_IN] = "syn_in",
		[CGN_TCP_SYN_BOTH] = "syn_both",
		[CGN_TCP_WAIT_OUT] = "wait_out",
		[CGN_TCP_WAIT_IN] = "wait_in",
		[CGN_TCP_ESTABLISHED] = "established",
		[CGN_TCP_FIN_OUT] = "fin_out",
		[CGN_TCP_FIN_IN] = "fin_in",
		[CGN_TCP_CLOSING] = "closing",
		[CGN_TCP_RESET_OPENING] = "reset_opening",
		[CGN_TCP_RESET] = "reset",
		[CGN_TCP_FILTER] = "filter",
	};

	return s < CGN_TCP_STATE_COUNT ? names[s] : "unknown";
}
