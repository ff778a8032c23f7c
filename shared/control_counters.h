/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONTROL_COUNTERS_H
#define CGN_CONTROL_COUNTERS_H

/**
 * @file
 * Counters and gauges of the control thread: one row each, with its name and its help.
 *
 * A row makes what counts, the name in telemetry, and the help text that cgnctl and telemetry show.
 * Its first word tells what counts:
 * - in lower case: a field of the `_stats` structure of the module, see CGN_STATS_FIELD;
 * - in upper case: an enumerator, the index into an array of counters.
 *
 * A gauge is not kept: controlplane/counters.c reads it when somebody asks.
 * Names and help texts are the telemetry interface. Add rows, do not rename them. A help text has at most 127 octets.
 */

#include "shared/export_counters.h"

#include <stdint.h>

/** Makes the field that counts for a row. */
#define CGN_STATS_FIELD(field, name, help) uint64_t field;

/* clang-format off */
/* --- group "control" ------------------------------------------------------------------------- */

/** Packets between the workers and the control thread: struct cgn_control_stats. */
#define CGN_CONTROL_COUNTERS(C)                                                                           \
	C(punted,      "punted",      "packets that the workers have handed to the control thread")        \
	C(injected,    "injected",    "frames that the control thread has given to worker 0")              \
	C(inject_full, "inject_full", "frames not given: the ring was full or there was no packet buffer")

/** Changes of the configuration: struct cgn_reload_stats. */
#define CGN_RELOAD_COUNTERS(C)                                                                            \
	C(done,      "config_reloads",         "reloads that have changed the configuration")              \
	C(refused,   "config_reloads_refused", "reloads refused: the configuration in use stayed")         \
	C(fell_back, "config_fall_backs",      "changes undone because nobody has confirmed them in time")

/** ARP and neighbour discovery: struct cgn_resolver_stats. */
#define CGN_RESOLVER_COUNTERS(C)                                                                          \
	C(requests,  "neigh_requests",  "ARP requests and neighbour solicitations sent")                   \
	C(answers,   "neigh_answers",   "ARP replies and neighbour advertisements sent")                   \
	C(announced, "neigh_announced", "announcements of cgnd's own addresses sent")                      \
	C(resolved,  "neigh_resolved",  "neighbours that were needed and have answered")                   \
	C(failed,    "neigh_failed",    "neighbours that were needed and did not answer, or gave way to others") \
	C(expired,   "neigh_expired",   "known neighbours that do not answer any more")                    \
	C(full,      "neigh_full",      "neighbours that found no room in the table")                      \
	C(displaced, "neigh_displaced", "known neighbours that gave way to new ones")                      \
	C(over,      "neigh_over",      "addresses above the limit of their station")                      \
	C(conflicts, "neigh_conflicts", "messages of other stations that use an address of cgnd")          \
	C(refused,   "neigh_refused",   "claims to a neighbour's address refused: its old station answered") \
	C(moved,     "neigh_moved",     "claims to a neighbour's address followed: its old station was silent") \
	C(malformed, "neigh_malformed", "malformed ARP and neighbour discovery messages")

/** Packets for cgnd itself: struct cgn_ip_responder_stats. */
#define CGN_IP_RESPONDER_COUNTERS(C)                                                                         \
	C(echoes,      "echoes_answered",  "ICMP echo requests answered")                                  \
	C(udp,         "udp_taken",        "UDP datagrams given to a server of cgnd")                      \
	C(unreachable, "unreachable_sent", "ICMP errors sent: nobody listens on the port")                 \
	C(resets,      "resets_sent",      "TCP resets sent: nobody listens on the port")                  \
	C(limited,     "refusals_limited", "ICMP errors and TCP resets not sent: rate limit")              \
	C(ignored,     "local_ignored",    "packets for cgnd that are malformed or need no answer")

/** Packets between one port and the kernel (host plane): struct cgn_host_plane_stats. */
#define CGN_HOST_COUNTERS(C)                                                                              \
	C(in,      "host_in",      "host plane: packets given to the kernel")                              \
	C(in_lost, "host_in_lost", "host plane: packets that the kernel's interface did not take")         \
	C(out,     "host_out",     "host plane: packets of the kernel sent")                               \
	C(out_lost, "host_out_lost", "host plane: packets of the kernel not sent: the queue to worker 0 was full") \
	C(foreign, "host_foreign", "host plane: packets of the kernel not sent: wrong source address, multicast, neighbour discovery") \
	C(plain,   "host_plain",   "NAT-PMP of cgnd not sent: there is no SA for it")

/** NAT-PMP through IPsec: struct cgn_host_ipsec_stats. */
#define CGN_HOST_IPSEC_COUNTERS(C)                                                                        \
	C(in,       "ipsec_in",       "NAT-PMP datagrams received through IPsec")                          \
	C(foreign,  "ipsec_foreign",  "datagrams dropped: not by the interface of IPsec, or to a wrong address") \
	C(out,      "ipsec_out",      "NAT-PMP datagrams sent through IPsec")                              \
	C(out_lost, "ipsec_out_lost", "NAT-PMP datagrams that the kernel refused: no SA or no route")

/** Commands to the workers: struct cgn_dpclient_stats. */
#define CGN_DPCLIENT_COUNTERS(C)                                                                          \
	C(sent,     "commands_sent",    "commands sent to workers")                                        \
	C(refused,  "commands_refused", "commands not sent: the ring was full or too many were open")      \
	C(failed,   "commands_failed",  "commands that a worker refused while nobody waited for the reply") \
	C(timeouts, "command_timeouts", "commands without a reply in time")                                \
	C(late,     "replies_late",     "replies that came after the time was over")                       \
	C(unknown,  "replies_unknown",  "replies to no command: always a fault in cgnd")

/** What the log counts for the control thread (shared/log.h). */
#define CGN_LOG_COUNTERS(C)                                                                               \
	C("log_lines_lost", "log lines not written: the reader of the log was too slow")

/** The state of the run before (restart.keep_state). What was dropped is counted by CGN_STATE_DROPS. */
#define CGN_KEPT_COUNTERS(C)                                                                              \
	C(taken,   "state_taken",   "records of the state of the run before that were taken at the start")    \
	C(refused, "state_refused", "states of the run before that could not be used: the start was a cold one")

/** Gauges of the control thread. */
#define CGN_CONTROL_GAUGES(G)                                                                             \
	G(NEIGHBOURS,     "neighbours",     "neighbours in the table now")                                 \
	G(PEERS,          "peers",          "IPsec peers in the list now (cgnctl peers show)")             \
	G(RECORD_SINKS_FAILING, "record_sinks_failing", "sinks that do not take records now (export.sinks)") \
	G(CONFIG_LOADED_S,   "config_loaded_s",   "when the configuration in use was loaded, in seconds since 1970") \
	G(CONFIG_CONFIRM_LEFT_S, "config_confirm_left_s", "seconds until a change that nobody has confirmed is undone")

/* --- group "portmap" ------------------------------------------------------------------------- */

/** NAT-PMP requests: enum cgn_natpmp_counter. Their answers are counted by result code. */
#define CGN_NATPMP_COUNTERS(C)                                                                            \
	C(REQUESTS_ADDRESS,   "natpmp_requests_address",   "requests for the external address")            \
	C(REQUESTS_MAP,       "natpmp_requests_map",       "requests to make or renew a mapping")          \
	C(REQUESTS_UNMAP,     "natpmp_requests_unmap",     "requests to delete one or all mappings")       \
	C(REFUSED_POLICY,     "natpmp_refused_policy",     "mappings refused: leases_max is 0")            \
	C(REFUSED_SUBSCRIBER, "natpmp_refused_subscriber", "mappings refused: the subscriber's limit")     \
	C(REFUSED_BOX,        "natpmp_refused_box",        "mappings refused: nothing left in the pool or the tables") \
	C(UNAUTHORIZED,       "natpmp_unauthorized",       "requests refused: the group requires IPsec")   \
	C(IGNORED,            "natpmp_ignored",            "datagrams that are no requests")               \
	C(NOT_INSIDE,         "natpmp_not_inside",         "requests to or by way of the outside")         \
	C(NO_GROUP,           "natpmp_no_group",           "requests of hosts in no group; they get an ICMP error") \
	C(LIMITED,            "natpmp_limited",            "requests dropped: requests_per_s")             \
	C(OVERLOAD,           "natpmp_overload",           "requests dropped: too many under way")         \
	C(REPEATED,           "natpmp_repeated",           "requests dropped: the same one is under way")  \
	C(LATE,               "natpmp_late",               "answers dropped: too late")                    \
	C(UNANSWERED,         "natpmp_unanswered",         "requests that a worker or the store could not answer")

/** NAT-PMP answers by result code, in the order of enum cgn_natpmp_result (RFC 6886 section 3.5). */
#define CGN_NATPMP_RESULT_COUNTERS(C)                                                                     \
	C(OK,               "natpmp_result_0", "answers: success")                                         \
	C(BAD_VERSION,      "natpmp_result_1", "answers: unsupported version")                             \
	C(REFUSED,          "natpmp_result_2", "answers: not authorized")                                  \
	C(NETWORK,          "natpmp_result_3", "answers: network failure")                                 \
	C(RESOURCES,        "natpmp_result_4", "answers: out of resources")                                \
	C(BAD_OPCODE,       "natpmp_result_5", "answers: unsupported opcode")                              \
	C(SUBSCRIBER_LIMIT, "natpmp_result_6", "answers: the subscriber's limit is reached")

/** PCP requests: enum cgn_pcp_counter. Their answers are counted by result code. */
#define CGN_PCP_COUNTERS(C)                                                                               \
	C(REQUESTS_MAP,       "pcp_requests_map",       "PCP: requests to make or renew a mapping")             \
	C(REQUESTS_UNMAP,     "pcp_requests_unmap",     "PCP: requests to delete a mapping")                    \
	C(REQUESTS_PEER,      "pcp_requests_peer",      "PCP: requests to keep a mapping and its connection")   \
	C(REQUESTS_ANNOUNCE,  "pcp_requests_announce",  "PCP: requests for the epoch")                          \
	C(REQUESTS_PASS,      "pcp_requests_pass",      "PCP: requests of unknown opcodes for the NAT in front") \
	C(REFUSED_POLICY,     "pcp_refused_policy",     "PCP: mappings refused: leases_max is 0")               \
	C(REFUSED_NONCE,      "pcp_refused_nonce",      "PCP: mappings refused: they belong to another client") \
	C(REFUSED_SUBSCRIBER, "pcp_refused_subscriber", "PCP: mappings refused: the subscriber's limit")        \
	C(REFUSED_BOX,        "pcp_refused_box",        "PCP: mappings refused: nothing left in the pool or the tables") \
	C(REFUSED_PASS,       "pcp_refused_pass",       "PCP: requests of unknown opcodes refused: they ask for another host") \
	C(UNAUTHORIZED,       "pcp_unauthorized",       "PCP: requests refused: the group requires IPsec")      \
	C(MISMATCH,           "pcp_mismatch",           "PCP: requests refused: there is a NAT before cgnd")    \
	C(IGNORED,            "pcp_ignored",            "PCP: datagrams that are no requests")                  \
	C(NOT_INSIDE,         "pcp_not_inside",         "PCP: requests to or by way of the outside")            \
	C(NO_GROUP,           "pcp_no_group",           "PCP: requests of hosts in no group; they get an ICMP error") \
	C(LIMITED,            "pcp_limited",            "PCP: requests dropped: requests_per_s")                \
	C(OVERLOAD,           "pcp_overload",           "PCP: requests dropped: too many under way")            \
	C(REPEATED,           "pcp_repeated",           "PCP: requests dropped: the same one is under way")     \
	C(LATE,               "pcp_late",               "PCP: answers dropped: too late")                       \
	C(UNANSWERED,         "pcp_unanswered",         "PCP: requests that a worker, the store or the NAT in front did not answer") \
	C(UPDATES,            "pcp_updates",            "PCP: messages about leases that the operator has ended")

/** PCP answers by result code: enum cgn_pcp_result (RFC 6887 section 7.4). */
#define CGN_PCP_RESULT_COUNTERS(C)                                                                        \
	C(SUCCESS,           "pcp_result_0",  "PCP: answers: success")                                          \
	C(UNSUPP_VERSION,    "pcp_result_1",  "PCP: answers: unsupported version")                              \
	C(NOT_AUTHORIZED,    "pcp_result_2",  "PCP: answers: not authorized")                                   \
	C(MALFORMED_REQUEST, "pcp_result_3",  "PCP: answers: malformed request")                                \
	C(UNSUPP_OPCODE,     "pcp_result_4",  "PCP: answers: unsupported opcode")                               \
	C(UNSUPP_OPTION,     "pcp_result_5",  "PCP: answers: unsupported option")                               \
	C(MALFORMED_OPTION,  "pcp_result_6",  "PCP: answers: malformed option")                                 \
	C(NETWORK_FAILURE,   "pcp_result_7",  "PCP: answers: network failure")                                  \
	C(NO_RESOURCES,      "pcp_result_8",  "PCP: answers: no resources")                                     \
	C(UNSUPP_PROTOCOL,   "pcp_result_9",  "PCP: answers: unsupported protocol, or all ports")               \
	C(USER_EX_QUOTA,     "pcp_result_10", "PCP: answers: the subscriber's limit is reached")                \
	C(ADDRESS_MISMATCH,  "pcp_result_12", "PCP: answers: the client's address is not the source")

/** Announcements to clients: struct cgn_natpmp_announce_stats. */
#define CGN_NATPMP_ANNOUNCE_COUNTERS(C)                                                                   \
	C(series, "announce_series", "series of announcements begun, or begun anew")                       \
	C(sent,   "announce_sent",   "announcements sent")                                                 \
	C(failed, "announce_failed", "series given up: no memory, no gateway, or no answer of a worker")

/** Leases: struct cgn_lessor_stats. */
#define CGN_LESSOR_COUNTERS(C)                                                                            \
	C(made,     "leases_made",         "leases made")                                                  \
	C(renewed,  "leases_renewed",      "leases renewed")                                               \
	C(deleted,  "leases_deleted",      "leases that their client has deleted")                         \
	C(expired,  "leases_expired",      "leases whose time was over")                                   \
	C(revoked,  "leases_revoked",      "leases that the operator has ended")                           \
	C(moved,    "leases_moved",        "leases that have got another external address (pools[].drain)") \
	C(restored, "leases_restored",     "leases brought back from the store at the start")              \
	C(lost,     "leases_lost",         "leases that could not be brought back")                        \
	C(ended,    "leases_ended_before", "leases of the store whose time was over before the start")

/** Gauges of port mapping. */
#define CGN_PORTMAP_GAUGES(G)                                                                             \
	G(NATPMP_OPEN,   "natpmp_open",   "NAT-PMP requests under way now")                                \
	G(ANNOUNCE_OPEN, "announce_open", "series of announcements under way now")                         \
	G(LEASES,        "leases",        "leases now")                                                    \
	G(LEASE_EPOCHS,  "lease_epochs",  "clients with an epoch of their own now")                        \
	G(LEASE_REALMS,  "lease_realms",  "homes behind softwires that hold something now")                \
	G(STORE_BUSY,    "store_busy",    "1: a thread writes to the store now")                           \
	G(STORE_FAILING, "store_failing", "1: the store does not take changes; leases do not outlive cgnd") \
	G(STORE_MISSING, "store_missing", "1: there is no store; leases do not outlive cgnd")

/** Requests to the NAT in front: enum cgn_relay_upstream_counter. */
#define CGN_RELAY_UPSTREAM_COUNTERS(C)                                                                    \
	C(SENT,      "relay_sent",      "packets sent to the NAT in front, with repetitions")              \
	C(REPEATED,  "relay_repeated",  "repetitions sent to the NAT in front")                            \
	C(ANSWERED,  "relay_answered",  "requests that the NAT in front has answered")                     \
	C(REFUSED,   "relay_refused",   "requests that the NAT in front has refused")                      \
	C(STRAY,     "relay_stray",     "answers of the NAT in front to no request under way")             \
	C(FORGED,    "relay_forged",    "answers and announcements that did not come from the NAT in front") \
	C(ANNOUNCED, "relay_announced", "announcements of the NAT in front")                               \
	C(LOST,      "relay_lost",      "times that the NAT in front lost its state")                      \
	C(UNANSWERED, "relay_unanswered", "requests without an answer while the NAT in front was there")   \
	C(DOWN,      "relay_down",      "times that the NAT in front stopped answering")                   \
	C(DROPPED,   "relay_dropped",   "requests dropped: too many wait for the NAT in front")

/** Announcements of a relay to its hosts: struct cgn_relay_stats. */
#define CGN_RELAY_COUNTERS(C)                                                                             \
	C(series,    "relay_announce_series", "series of announcements to the relay's hosts")              \
	C(announced, "relay_announce_sent",   "announcements sent to the relay's hosts")

/** Mappings that need both NATs: struct cgn_relay_transactions_stats. */
#define CGN_RELAY_TRANSACTION_COUNTERS(C)                                                                 \
	C(committed, "relay_committed", "mappings made in both NATs")                                      \
	C(aborted,   "relay_aborted",   "mappings taken back: the NAT in front refused or did not answer") \
	C(timed_out, "relay_timed_out", "requests for mappings that failed because the NAT in front did not answer") \
	C(deleted,   "relay_deleted",   "mappings deleted in both NATs")

/** Requests of unknown opcodes that a relay passes on: struct cgn_relay_pass_stats. */
#define CGN_RELAY_PASS_COUNTERS(C)                                                                        \
	C(sent,       "relay_pass_sent",       "requests of unknown opcodes passed on to the NAT in front")  \
	C(answered,   "relay_pass_answered",   "their answers passed back")                                  \
	C(unanswered, "relay_pass_unanswered", "requests of unknown opcodes without an answer in time")      \
	C(dropped,    "relay_pass_dropped",    "requests of unknown opcodes dropped: too many under way")

/** Datagrams that the relay of a B4 passes on: struct cgn_relay_b4_stats. */
#define CGN_RELAY_B4_COUNTERS(C)                                                                          \
	C(up,      "relay_requests_up",  "requests passed on to the AFTR")                                 \
	C(down,    "relay_answers_down", "answers passed on to hosts at home")                             \
	C(ignored, "relay_ignored",      "datagrams that are neither requests nor answers")

/** The PCP proxy of a B4: struct cgn_relay_proxy_stats. */
#define CGN_RELAY_PROXY_COUNTERS(C)                                                                       \
	C(asked,    "relay_proxy_asked",    "requests of hosts that the B4 has asked the AFTR")            \
	C(answered, "relay_proxy_answered", "answers to hosts after the AFTR has answered")                \
	C(local,    "relay_proxy_local",    "answers to hosts without asking the AFTR")                    \
	C(repeated, "relay_proxy_repeated", "requests ignored: the same request is under way")             \
	C(dropped,  "relay_proxy_dropped",  "requests dropped: too many are under way, or no memory")      \
	C(limited,  "relay_proxy_limited",  "requests of hosts dropped: requests_per_s")                   \
	C(ignored,  "relay_proxy_ignored",  "datagrams of hosts that are no requests")                     \
	C(updates,  "relay_proxy_updates",  "updates of mappings passed on to hosts")

/** Gauges of a relay. */
#define CGN_RELAY_GAUGES(G)                                                                               \
	G(OPEN,              "relay_open",              "requests to the NAT in front under way now")      \
	G(TRANSACTIONS_OPEN, "relay_transactions_open", "mappings that are being made in both NATs now")   \
	G(PASS_OPEN,         "relay_pass_open",         "requests of unknown opcodes under way now")

/* --- group "gauges": of the whole process ---------------------------------------------------- */

/** Gauges beside those of the workers. */
#define CGN_PROCESS_GAUGES(G)                                                                             \
	G(MBUFS_FREE, "mbufs_free", "packet buffers free now; exact only while no packets pass")
/* clang-format on */

/** Gauges of the control thread. */
enum cgn_control_gauge {
#define CGN_CONTROL_GAUGE_ENUM(id, name, help) CGN_CONTROL_G_##id,
	CGN_CONTROL_GAUGES(CGN_CONTROL_GAUGE_ENUM)
#undef CGN_CONTROL_GAUGE_ENUM
	CGN_CONTROL_G_COUNT,
};

/** Gauges of port mapping. */
enum cgn_portmap_gauge {
#define CGN_PORTMAP_GAUGE_ENUM(id, name, help) CGN_PORTMAP_G_##id,
	CGN_PORTMAP_GAUGES(CGN_PORTMAP_GAUGE_ENUM)
#undef CGN_PORTMAP_GAUGE_ENUM
	CGN_PORTMAP_G_COUNT,
};

/** Gauges of a relay. */
enum cgn_relay_gauge {
#define CGN_RELAY_GAUGE_ENUM(id, name, help) CGN_RELAY_G_##id,
	CGN_RELAY_GAUGES(CGN_RELAY_GAUGE_ENUM)
#undef CGN_RELAY_GAUGE_ENUM
	CGN_RELAY_G_COUNT,
};

/** Gauges of the whole process. */
enum cgn_process_gauge {
#define CGN_PROCESS_GAUGE_ENUM(id, name, help) CGN_PROCESS_G_##id,
	CGN_PROCESS_GAUGES(CGN_PROCESS_GAUGE_ENUM)
#undef CGN_PROCESS_GAUGE_ENUM
	CGN_PROCESS_G_COUNT,
};

#endif /* CGN_CONTROL_COUNTERS_H */
