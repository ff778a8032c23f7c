/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The table of all events of the log, for log.c and for config/EVENTS.md.
 */
#include "shared/log_event.h"

#include <rte_common.h>
#include <rte_log.h>

/* clang-format off */
#define ROW(id, text, severity) [CGN_EVENT_##id] = { .name = text, .level = RTE_LOG_##severity,
static const struct cgn_log_event_row rows[CGN_EVENT_COUNT] = {
	ROW(READY, "ready", NOTICE)
		.meaning = "cgnd translates packets.",
		.action = "Nothing." },
	ROW(STOPPING, "stopping", NOTICE)
		.meaning = "A signal has asked cgnd to stop.",
		.action = "Nothing." },
	ROW(STOPPED_EARLY, "stopped-early", NOTICE)
		.meaning = "cgnd was asked to stop before its start was complete.",
		.action = "Nothing." },
	ROW(START_FAILED, "start-failed", ERR)
		.meaning = "A part of cgnd does not start. cgnd ends with status 1.",
		.action = "Read the reason at the end of the line, and the lines before it." },
	ROW(STOP_INCOMPLETE, "stop-incomplete", WARNING)
		.meaning = "A worker did not take part in the stop.",
		.action = "Look for lines about this worker before. Report it if it comes back." },
	ROW(STOP_LOSES_STATE, "stop-loses-state", NOTICE)
		.meaning = "The stop ends all connections, because `restart.keep_state` is false. The line has their numbers.",
		.action = "Set `restart.keep_state: true` if a restart must not end connections." },
	ROW(WORKER_STUCK, "worker-stuck", ERR)
		.meaning = "A worker does not stop. cgnd ends at once.",
		.action = "Report it with the log." },
	ROW(WORKER_LATE, "worker-late", ERR)
		.meaning = "A worker has not taken the new configuration in time. It takes it when it goes on.",
		.action = "Look at `worker_stuck` of `cgnctl counters show`. Restart cgnd if the worker does not go on.",
		.lasts = true, .is_one = true, .over = { CGN_EVENT_WORKER_CAUGHT_UP } },
	ROW(WORKER_CAUGHT_UP, "worker-caught-up", NOTICE)
		.meaning = "All workers have the new configuration.",
		.action = "Nothing." },
	ROW(WORKER_SILENT, "worker-silent", WARNING)
		.meaning = "A worker does not reply to a command in time. There is one line, however many commands wait.",
		.action = "Look whether its core is shared with other programs.",
		.lasts = true, .over = { CGN_EVENT_WORKER_REPLIES } },
	ROW(WORKER_REPLIES, "worker-replies", NOTICE)
		.meaning = "A worker that did not reply replies again.",
		.action = "Nothing." },
	ROW(SYSTEM_ERROR, "system-error", WARNING)
		.meaning = "The kernel or a library refuses something that cgnd can do without for now.",
		.action = "Read the reason. Report it if it comes back." },
	ROW(NO_MEMORY, "no-memory", ERR)
		.meaning = "There was no memory for one thing. It was not done.",
		.action = "Give the machine more memory, or lower the sizes in the configuration." },
	ROW(CRASHED, "crashed", WARNING)
		.meaning = "The run before has ended in a crash. The line tells what is lost.",
		.action = "Look for a core dump, and report it." },
	ROW(CRASH_MARK_MISSING, "crash-mark-missing", WARNING)
		.meaning = "If cgnd crashes, the next start will not know what was lost, because there is no file for it, or it cannot be written. If the file could not be opened at the start, only a restart ends it.",
		.action = "Make `runtime_dir` writable; give `export` a file, or cgnd a store.",
		.lasts = true, .over = { CGN_EVENT_CRASH_MARK_KEPT } },
	ROW(CRASH_MARK_FAILED, "crash-mark-failed", ERR)
		.meaning = "The file that tells a crash from a stop cannot be used, so the next start will not notice a crash. cgnd tries it again when a reload moves it, and at the next start.",
		.action = "Repair the file or its disk.",
		.lasts = true, .over = { CGN_EVENT_CRASH_MARK_KEPT } },
	ROW(CRASH_MARK_STALE, "crash-mark-stale", ERR)
		.meaning = "The file that tells a crash from a stop was damaged, or could not be written at a stop: the start after it does not know, or takes the stop for a crash.",
		.action = "Look at the disk of the file." },
	ROW(CRASH_MARK_KEPT, "crash-mark-kept", NOTICE)
		.meaning = "The file that tells a crash from a stop is written again.",
		.action = "Nothing." },
	ROW(CLOCK_SET, "clock-set", WARNING)
		.meaning = "The wall clock was set by more than a moment. Times of records jump there.",
		.action = "Run a time service such as chrony, which does not make steps." },
	ROW(PRIVILEGES_DROPPED, "privileges-dropped", NOTICE)
		.meaning = "cgnd has given up the capabilities that it needs no more.",
		.action = "Nothing." },
	ROW(PRIVILEGES_KEPT, "privileges-kept", ERR)
		.meaning = "A thread still has capabilities that it does not need.",
		.action = "Report it.",
		.lasts = true, .is_one = true },
	ROW(RUNTIME_DIR_TAKEN, "runtime-dir-taken", ERR)
		.meaning = "Another cgnd, whose process the line names, uses `runtime_dir`.",
		.action = "Give each cgnd a `runtime_dir` of its own, or stop the other one." },
	ROW(RUNTIME_DIR_UNUSABLE, "runtime-dir-unusable", WARNING)
		.meaning = "`runtime_dir` cannot be made or written to.",
		.action = "Make it, and give it to the user that runs cgnd.",
		.lasts = true, .is_one = true },
	ROW(STORE_TAKEN, "store-taken", WARNING)
		.meaning = "Another process, which the line names, has the store open, so leases are in memory only.",
		.action = "Give each cgnd a `store.path` of its own, or stop the other one; cgnd tries again.",
		.lasts = true, .over = { CGN_EVENT_STORE_BACK } },
	ROW(EAL_FAILED, "eal-failed", ERR)
		.meaning = "DPDK does not start.",
		.action = "Read the lines of EAL above; look at `eal` and the arguments behind `--`." },
	ROW(EAL_PREFIX_TAKEN, "eal-prefix-taken", ERR)
		.meaning = "Another process, which the line names, has the same `telemetry.prefix`.",
		.action = "Give each cgnd a `telemetry.prefix` of its own, or stop the other one." },
	ROW(EAL_ARGUMENT, "eal-argument", DEBUG)
		.meaning = "An argument of EAL.",
		.action = "Nothing." },
	ROW(DUMPCAP_UNAVAILABLE, "dumpcap-unavailable", WARNING)
		.meaning = "`dpdk-dumpcap` will not work with this cgnd.",
		.action = "Use `cgnctl capture`, which needs nothing of the kind.",
		.lasts = true, .is_one = true },
	ROW(CORES_SHARED, "cores-shared", WARNING)
		.meaning = "Workers and the control thread share cores.",
		.action = "Give cgnd one core for each worker and one more.",
		.lasts = true, .is_one = true },
	ROW(NO_HUGEPAGES, "no-hugepages", INFO)
		.meaning = "There are no huge pages, so EAL takes ordinary memory, and `dpdk-dumpcap` cannot attach.",
		.action = "Reserve huge pages (`scripts/hugepages.sh`) for full speed; use `cgnctl capture`." },
	ROW(LCORES, "too-few-lcores", ERR)
		.meaning = "EAL has fewer lcores than there are workers.",
		.action = "Give EAL more lcores, or lower `workers`." },
	ROW(MEMORY, "memory-too-small", ERR)
		.meaning = "The machine or EAL has not enough memory for this configuration.",
		.action = "Give EAL more memory, or lower the size that the line names." },
	ROW(SMALL_PAGES, "small-pages", WARNING)
		.meaning = "Packet buffers are in small pages, which are slower.",
		.action = "Reserve huge pages (`scripts/hugepages.sh`).",
		.lasts = true, .is_one = true },
	ROW(BUFFERS_MEMORY, "buffers-memory", NOTICE)
		.meaning = "How much memory packet buffers take, and how much of it is in huge pages.",
		.action = "Nothing." },
	ROW(BUFFERS_UNUSED, "buffers-unused", NOTICE)
		.meaning = "Some packet buffers are where AF_XDP cannot reach them.",
		.action = "Nothing; reserve huge pages to use them all." },
	ROW(TABLES_RESERVED, "tables-reserved", INFO)
		.meaning = "How much memory the tables may take.",
		.action = "Nothing." },
	ROW(TABLES_LARGE, "tables-large", NOTICE)
		.meaning = "Full tables would take more memory than the machine has left.",
		.action = "Set `nat.mappings_max` and `nat.sessions_max`." },
	ROW(TABLES_COMMITTED, "tables-committed", NOTICE)
		.meaning = "The memory of all tables was committed (`prefault`).",
		.action = "Nothing." },
	ROW(PORT_STARTED, "port-started", NOTICE)
		.meaning = "A port has started. The line has its device, queues and steering.",
		.action = "Nothing." },
	ROW(PORT_FAILED, "port-failed", ERR)
		.meaning = "A port cannot be started.",
		.action = "Look at `ports[].device`: driver, interface, `--no-pci`, MTU." },
	ROW(PORT_MULTICAST, "port-multicast", INFO)
		.meaning = "The device decides itself which multicast it receives.",
		.action = "Nothing." },
	ROW(STEERING_REFUSED, "steering-refused", WARNING)
		.meaning = "The device does not steer packets to their workers, so that workers hand them over.",
		.action = "Nothing; it costs throughput.",
		.lasts = true },
	ROW(LINK_UP, "link-up", NOTICE)
		.meaning = "The link of a port is up again.",
		.action = "Nothing." },
	ROW(LINK_DOWN, "link-down", WARNING)
		.meaning = "The link of a port is down or has no carrier.",
		.action = "Look at the cable, the interface and its other end.",
		.lasts = true, .over = { CGN_EVENT_LINK_UP } },
	ROW(INTERFACE_GONE, "interface-gone", ERR)
		.meaning = "The interface of a port was deleted or moved to another network namespace. cgnd does not use it again if it comes back.",
		.action = "Bring it back, and restart cgnd.",
		.lasts = true },
	ROW(INTERFACE_CHANGED, "interface-changed", WARNING)
		.meaning = "The interface of a port has a smaller MTU or another MAC address than cgnd uses.",
		.action = "Set the MTU or the address back, or restart cgnd.",
		.lasts = true, .over = { CGN_EVENT_INTERFACE_RESTORED } },
	ROW(INTERFACE_RESTORED, "interface-restored", NOTICE)
		.meaning = "The interface of a port has the MTU or the MAC address again that cgnd uses.",
		.action = "Nothing." },
	ROW(PORT_SILENT, "port-silent", ERR)
		.meaning = "A port receives nothing although packets arrive at its device.",
		.action = "Restart cgnd if it does not end. Report it.",
		.lasts = true, .over = { CGN_EVENT_PORT_RECEIVES } },
	ROW(PORT_RECEIVES, "port-receives", NOTICE)
		.meaning = "A port that received nothing receives again.",
		.action = "Nothing." },
	ROW(OFFLOADS_ON, "offloads-on", WARNING)
		.meaning = "An interface hands over packets that are merged or have incomplete checksums.",
		.action = "Run the `ethtool` command of the line.",
		.lasts = true, .over = { CGN_EVENT_OFFLOADS_OFF } },
	ROW(OFFLOADS_OFF, "offloads-off", NOTICE)
		.meaning = "An interface does not spoil packets any more, or no packets come through it.",
		.action = "Nothing." },
	ROW(OFFLOADS_PEER, "offloads-peer", NOTICE)
		.meaning = "The other end of an interface is in another namespace, so cgnd cannot look at it.",
		.action = "If checksums are wrong, run the command of the line there." },
	ROW(NEXT_HOP_DOWN, "next-hop-down", WARNING)
		.meaning = "A next hop of a route does not answer ARP or ND. Packets to it are dropped.",
		.action = "Look at the router and the link.",
		.lasts = true, .over = { CGN_EVENT_NEXT_HOP_UP, CGN_EVENT_NEXT_HOP_UNUSED } },
	ROW(NEXT_HOP_UP, "next-hop-up", NOTICE)
		.meaning = "A next hop that did not answer answers again, or `neighbours` has its MAC address now.",
		.action = "Nothing." },
	ROW(NEXT_HOP_UNUSED, "next-hop-unused", NOTICE)
		.meaning = "No route has a next hop any more that did not answer, because of a reload.",
		.action = "Nothing." },
	ROW(NEIGHBOURS_FULL, "neighbours-full", ERR)
		.meaning = "The table of neighbours has no room for all of `neighbours`.",
		.action = "Remove some.",
		.lasts = true, .is_one = true, .over = { CGN_EVENT_NEIGHBOURS_FIT } },
	ROW(NEIGHBOURS_FIT, "neighbours-fit", NOTICE)
		.meaning = "All of `neighbours` are in the table, after a reload.",
		.action = "Nothing." },
	ROW(ANNOUNCE_FAILED, "announce-failed", ERR)
		.meaning = "New addresses are not announced to the neighbours of a link.",
		.action = "Wait until the neighbours ask, or clear their ARP tables." },
	ROW(ADDRESS_CLAIMED, "address-claimed", WARNING)
		.meaning = "A station claims an address that belongs to cgnd, to a configured neighbour or to another station.",
		.action = "Find the station by its MAC address." },
	ROW(STATION_LIMITED, "station-limited", WARNING)
		.meaning = "A station uses more addresses than it may. The line has the limit, and what sets it: `limits.station_addresses_max`, or a quarter of the blocks of a pool. Packets from further addresses are dropped.",
		.action = "Look at [TRUST.md](TRUST.md#how-many-addresses-one-station-may-use), and find the station by its MAC address.",
		.lasts = true, .over = { CGN_EVENT_STATION_LIMIT_OVER } },
	ROW(STATION_LIMIT_OVER, "station-limit-over", NOTICE)
		.meaning = "A station uses no address above its limit any more, for `nat.notify_interval_s`. Its other addresses are served.",
		.action = "Nothing." },
	ROW(ADDRESSES_EXHAUSTED, "addresses-exhausted", WARNING)
		.meaning = "A pool has refused a packet, because it had no free address or block for a new subscriber. The line has how many packets were refused until now. No more lines come while it goes on refusing.",
		.action = "Add addresses to the pool, or lower `block_size` or `blocks_max`.",
		.lasts = true, .over = { CGN_EVENT_ADDRESS_REFUSALS_OVER } },
	ROW(ADDRESS_REFUSALS_OVER, "address-refusals-over", NOTICE)
		.meaning = "The refusals of addresses-exhausted are over: nothing was refused for `nat.notify_interval_s`, or a reload has removed the pool. The pool may still be full: the line has its blocks, and how many are in use. It also has how long it lasted (`after_s`), and how much was refused in all.",
		.action = "Nothing." },
	ROW(PORTS_EXHAUSTED, "ports-exhausted", WARNING)
		.meaning = "A pool has refused a packet or a lease, because a subscriber needs more ports, and its external address has no free block left.",
		.action = "Add addresses to the pool, or lower `block_size`; look for a subscriber that scans.",
		.lasts = true, .over = { CGN_EVENT_PORT_REFUSALS_OVER } },
	ROW(PORT_REFUSALS_OVER, "port-refusals-over", NOTICE)
		.meaning = "The refusals of ports-exhausted are over, as in address-refusals-over.",
		.action = "Nothing." },
	ROW(QUOTA_EXCEEDED, "quota-exceeded", WARNING)
		.meaning = "A limit of all subscribers together, or the size of a table, has refused a packet.",
		.action = "Raise the limit that the line names.",
		.lasts = true, .over = { CGN_EVENT_QUOTA_REFUSALS_OVER } },
	ROW(QUOTA_REFUSALS_OVER, "quota-refusals-over", NOTICE)
		.meaning = "The refusals of quota-exceeded are over, as in address-refusals-over. `in_use` may still be at the limit.",
		.action = "Nothing." },
	ROW(GROUP_LIMITED, "group-limited", WARNING)
		.meaning = "A limit of a group has refused a packet or a lease of one of its subscribers.",
		.action = "Look at `cgnctl subscribers show`; raise the limit that the line names, or look for a subscriber that scans. With `blocks_max`, the ports of a subscriber are in use or in hold-down.",
		.lasts = true, .over = { CGN_EVENT_GROUP_REFUSALS_OVER } },
	ROW(GROUP_REFUSALS_OVER, "group-refusals-over", NOTICE)
		.meaning = "The refusals of group-limited are over: nothing was refused for `nat.notify_interval_s`, or a reload has removed the group. Subscribers may still be at the limit.",
		.action = "Nothing." },
	ROW(BUFFERS_EXHAUSTED, "buffers-exhausted", WARNING)
		.meaning = "A port or a worker has lost a packet, because there was no free packet buffer.",
		.action = "Look for a port that does not send; give EAL more memory.",
		.lasts = true, .over = { CGN_EVENT_BUFFER_LOSSES_OVER } },
	ROW(BUFFER_LOSSES_OVER, "buffer-losses-over", NOTICE)
		.meaning = "The losses of buffers-exhausted are over: no packet was lost for `nat.notify_interval_s`.",
		.action = "Nothing." },
	ROW(BLOCKS_HIGH, "blocks-high", WARNING)
		.meaning = "A pool is nearly full: `pools[].blocks_high_percent` of its blocks belong to subscribers.",
		.action = "Add addresses to the pool, or lower `block_size` or `blocks_max`.",
		.lasts = true, .over = { CGN_EVENT_BLOCKS_HIGH_OVER } },
	ROW(BLOCKS_HIGH_OVER, "blocks-high-over", NOTICE)
		.meaning = "Less than nine tenths of `pools[].blocks_high_percent` of the blocks belong to subscribers, or a reload has changed that key or has removed the pool.",
		.action = "Nothing." },
	ROW(THRESHOLD_REACHED, "threshold-reached", WARNING)
		.meaning = "A threshold that the configuration sets for a pool or for all subscribers together is reached.",
		.action = "What the threshold was set for.",
		.lasts = true, .over = { CGN_EVENT_THRESHOLD_OVER } },
	ROW(THRESHOLD_OVER, "threshold-over", NOTICE)
		.meaning = "The value is a tenth of the threshold away from it, or a reload has changed the threshold or has removed the pool.",
		.action = "Nothing." },
	ROW(SUBSCRIBER_THRESHOLD, "subscriber-threshold", WARNING)
		.meaning = "Subscribers of a group have reached a threshold of the group: `mappings_high`, or `deterministic.use_high_percent`. The line has how many times.",
		.action = "Look at `cgnctl subscribers show --group NAME --sort -mappings`." },
	ROW(LEASE_REFUSED, "lease-refused", NOTICE)
		.meaning = "A request for a port (NAT-PMP or PCP) was refused. The line has the subscriber and the reason. No more lines about this subscriber and this reason come while requests are refused. Of many subscribers at once, some have no line: `untold` in the next line counts them.",
		.action = "Look at `cgnctl subscribers show A`, which is more exact: `subscriber_limit` is `sub_leases`, `sub_ports` or `sub_sessions` there, and `pool_or_table_full` is `pool_ports` or one of those that end in `_full` or `_max`.",
		.lasts = true, .over = { CGN_EVENT_LEASE_REFUSALS_OVER } },
	ROW(LEASE_REFUSALS_OVER, "lease-refusals-over", NOTICE)
		.meaning = "The refusals of lease-refused are over: the subscriber was refused nothing for this reason for `nat.notify_interval_s`. The line has how many requests were refused in all.",
		.action = "Nothing." },
	ROW(MAPPINGS_CLEARED, "mappings-cleared", NOTICE)
		.meaning = "`cgnctl mappings clear` has ended mappings. The line has the filter, and how many mappings ended, and leases and static mappings stayed. `is_complete=no`: it did not come to its end, because cgnctl went away, or a worker did not reply in time.",
		.action = "Nothing, if it was meant." },
	ROW(LEASES_DELETED, "leases-deleted", NOTICE)
		.meaning = "`cgnctl leases delete` has ended leases. The line has how many, and what was asked for: an inside address, a lease, or a home. `is_stored=no`: the store could not be written, so they may come back with the next start.",
		.action = "Nothing, if it was meant." },
	ROW(STATIC_MAPPINGS_WAIT, "static-mappings-wait", WARNING)
		.meaning = "Some static mappings cannot be made.",
		.action = "Look at `cgnctl mappings show`; free the external ports or addresses.",
		.lasts = true, .is_one = true, .over = { CGN_EVENT_STATIC_MAPPINGS_MADE } },
	ROW(STATIC_MAPPINGS_MADE, "static-mappings-made", NOTICE)
		.meaning = "No static mapping waits any more: all are made, or those that waited were removed.",
		.action = "Nothing." },
	ROW(DETERMINISTIC_RANGES, "deterministic-ranges", NOTICE)
		.meaning = "The variables of a deterministic group (RFC 7422).",
		.action = "Keep these lines as long as records." },
	ROW(DRAIN_BEGINS, "drain-begins", NOTICE)
		.meaning = "An address is taken out of use.",
		.action = "Nothing." },
	ROW(DRAIN_EMPTY, "drain-empty", NOTICE)
		.meaning = "Nothing is left on an address that drains.",
		.action = "The address can be removed." },
	ROW(DRAIN_OVER, "drain-over", NOTICE)
		.meaning = "An address does not drain any more, or is removed.",
		.action = "Nothing." },
	ROW(RELOAD_ENDED_STATE, "reload-ended-state", NOTICE)
		.meaning = "A reload has ended mappings and leases.",
		.action = "Nothing, if it was meant." },
	ROW(MORE_LINES, "more-lines", NOTICE)
		.meaning = "There were more lines of the kind before.",
		.action = "Nothing." },
	ROW(RELOADED, "reloaded", NOTICE)
		.meaning = "The new configuration is in use.",
		.action = "Nothing." },
	ROW(RELOAD_UNCHANGED, "reload-unchanged", NOTICE)
		.meaning = "The file says what is in use already.",
		.action = "Nothing." },
	ROW(CONFIG_CHANGED, "config-changed", NOTICE)
		.meaning = "A key has changed by a reload.",
		.action = "Nothing." },
	ROW(RELOAD_REFUSED, "reload-refused", ERR)
		.meaning = "A reload has changed nothing. The line has the reason (`why`), and the first error or the first key that needs a restart (`first`). The lines before it have all of them.",
		.action = "Repair the file, or restart cgnd if a key needs it." },
	ROW(RELOAD_WAITS, "reload-waits", NOTICE)
		.meaning = "A reload waits for `config confirm`, or for a change before it.",
		.action = "Confirm it." },
	ROW(RELOAD_CONFIRMED, "reload-confirmed", NOTICE)
		.meaning = "A reload was confirmed.",
		.action = "Nothing." },
	ROW(FALL_BACK, "fall-back", WARNING)
		.meaning = "Nobody has confirmed a reload in time: cgnd is about to use the configuration of before again. fell-back or fall-back-refused follows.",
		.action = "Repair the file, which differs from what is in use." },
	ROW(FELL_BACK, "fell-back", WARNING)
		.meaning = "The configuration of before the reload is in use again. The file differs from it.",
		.action = "Repair the file." },
	ROW(FALL_BACK_REFUSED, "fall-back-refused", ERR)
		.meaning = "The configuration that nobody has confirmed stays for now. cgnd tries every 10 seconds, until it has fallen back, or until somebody confirms or reloads. Another line comes only if the reason changes.",
		.action = "Read the lines before.",
		.lasts = true, .is_one = true, .over = { CGN_EVENT_FELL_BACK, CGN_EVENT_RELOAD_CONFIRMED, CGN_EVENT_RELOADED } },
	ROW(CONFIG_NO_EFFECT, "config-no-effect", WARNING)
		.meaning = "A key has no effect in this configuration.",
		.action = "Remove or change the key." },
	ROW(STATE_SAVED, "state-saved", NOTICE)
		.meaning = "The stop has saved what the workers know (`restart.keep_state`).",
		.action = "Nothing." },
	ROW(STATE_NOT_SAVED, "state-not-saved", ERR)
		.meaning = "The state could not be saved. The next start is a cold one.",
		.action = "Make room in `runtime_dir`." },
	ROW(COLD_START, "cold-start", NOTICE)
		.meaning = "There is no state of the run before, or it is not wanted.",
		.action = "Nothing." },
	ROW(STATE_NOT_USED, "state-not-used", WARNING)
		.meaning = "The state of the run before cannot be used. The start is a cold one.",
		.action = "Read the reason; `restart.max_age_s` may be too short." },
	ROW(STATE_BACK, "state-back", NOTICE)
		.meaning = "The state of the run before is loaded. `sessions`: further remotes of mappings; the first one of each mapping is a part of the mapping. `over`: ports in hold-down and blocks in guard whose time has run out meanwhile. They are free, and nothing is lost with them.",
		.action = "Nothing." },
	ROW(STATE_LOST, "state-lost", WARNING)
		.meaning = "A part of the state of the run before does not fit into this configuration. The line has what it is, how many of how many, and the reasons with their numbers, as in `state_dropped_REASON`.",
		.action = "Nothing, if the change was meant." },
	ROW(STATE_FAILED, "state-failed", ERR)
		.meaning = "The state of the run before was not loaded to its end.",
		.action = "Read the reason. Report it if it comes back." },
	ROW(STATE_LEFT, "state-left", NOTICE)
		.meaning = "The state of the run before stays for the next start.",
		.action = "Nothing." },
	ROW(LEASES_BACK, "leases-back", NOTICE)
		.meaning = "The leases of the store are loaded.",
		.action = "Nothing." },
	ROW(LEASE_LOST, "lease-lost", WARNING)
		.meaning = "A lease of the run before does not come back, because its port is taken or its address is gone. The first ten have a line each.",
		.action = "Tell the subscriber; look which reload, pool or static mapping took the port." },
	ROW(LEASES_NOT_RESTORED, "leases-not-restored", ERR)
		.meaning = "The store or a worker did not take the restored leases.",
		.action = "Look at the disk of the store." },
	ROW(STORE_MISSING, "store-missing", WARNING)
		.meaning = "The store cannot be opened, so leases are in memory only.",
		.action = "Repair `store.path` or its disk; cgnd tries again.",
		.lasts = true, .over = { CGN_EVENT_STORE_BACK } },
	ROW(STORE_BACK, "store-back", NOTICE)
		.meaning = "The store is in use again.",
		.action = "Nothing." },
	ROW(STORE_REPLACED, "store-replaced", WARNING)
		.meaning = "Somebody has removed, replaced or emptied the store while it was in use.",
		.action = "Leave the file alone while cgnd runs.",
		.lasts = true, .over = { CGN_EVENT_STORE_BACK } },
	ROW(STORE_FAILS, "store-fails", ERR)
		.meaning = "The store does not take changes.",
		.action = "Look at the disk: full, read only, broken.",
		.lasts = true, .over = { CGN_EVENT_STORE_WORKS, CGN_EVENT_STORE_BACK } },
	ROW(STORE_WORKS, "store-works", NOTICE)
		.meaning = "The store takes changes again.",
		.action = "Nothing." },
	ROW(STORE_DAMAGED, "store-damaged", ERR)
		.meaning = "The store is damaged.",
		.action = "Keep the file that was set aside; restore a copy if leases matter." },
	ROW(STORE_SLOW, "store-slow", ERR)
		.meaning = "The store has no thread of its own.",
		.action = "Give the machine more memory.",
		.lasts = true, .is_one = true },
	ROW(SINK_FAILS, "sink-fails", ERR)
		.meaning = "A sink of `export` takes no records. They wait.",
		.action = "Repair the disk or the collector.",
		.lasts = true, .over = { CGN_EVENT_SINK_WORKS, CGN_EVENT_SINK_LOST, CGN_EVENT_SINK_CLOSED } },
	ROW(SINK_WORKS, "sink-works", NOTICE)
		.meaning = "A sink takes records again.",
		.action = "Nothing." },
	ROW(SINK_LOST, "sink-lost", ERR)
		.meaning = "The last records of a sink are lost.",
		.action = "Note the gap where records must be complete." },
	ROW(SINK_CLOSED, "sink-closed", NOTICE)
		.meaning = "A sink that took no records is closed: a reload has removed it, or cgnd stops. No record is lost.",
		.action = "Nothing." },
	ROW(COLLECTOR_FAILS, "collector-fails", ERR)
		.meaning = "Why a sink cannot give records to its collector. Whether it still is so, sink-fails and sink-works tell.",
		.action = "Repair the collector or the way to it." },
	ROW(RECORDS_WAIT, "records-wait", WARNING)
		.meaning = "cgnd waits itself for the last records of its sinks.",
		.action = "Nothing." },
	ROW(RECORDS_NOT_CHANGED, "records-not-changed", ERR)
		.meaning = "A worker has not changed in time what it records.",
		.action = "Look for lines about this worker." },
	ROW(METRICS_SERVED, "metrics-served", NOTICE)
		.meaning = "Metrics are served by HTTP.",
		.action = "Nothing." },
	ROW(METRICS_FAILED, "metrics-failed", ERR)
		.meaning = "`metrics.listen` cannot be used.",
		.action = "Take an address and port of this machine that are free." },
	ROW(METRICS_OFF, "metrics-off", NOTICE)
		.meaning = "Metrics are not served any more.",
		.action = "Nothing." },
	ROW(PCP_CODE_UNKNOWN, "pcp-code-unknown", NOTICE)
		.meaning = "NAT-PMP has no result code for one of PCP.",
		.action = "Nothing." },
	ROW(UPSTREAM_DOWN, "upstream-down", WARNING)
		.meaning = "The NAT in front does not answer the relay.",
		.action = "Look at `natpmp.upstream` and the way to it.",
		.lasts = true, .is_one = true, .over = { CGN_EVENT_UPSTREAM_UP, CGN_EVENT_UPSTREAM_CHANGED } },
	ROW(UPSTREAM_UP, "upstream-up", NOTICE)
		.meaning = "The NAT in front answers again.",
		.action = "Nothing." },
	ROW(UPSTREAM_CHANGED, "upstream-changed", NOTICE)
		.meaning = "A reload has changed the addresses of the NAT in front, which did not answer. Whether the new ones answer is not known yet.",
		.action = "Nothing." },
	ROW(UPSTREAM_NEXT, "upstream-next", NOTICE)
		.meaning = "The relay takes the next address of `natpmp.upstream`.",
		.action = "Nothing." },
	ROW(UPSTREAM_SPEAKS, "upstream-speaks", NOTICE)
		.meaning = "Which protocol the NAT in front speaks.",
		.action = "Nothing." },
	ROW(UPSTREAM_RESTARTED, "upstream-restarted", NOTICE)
		.meaning = "The NAT in front has lost its state. The relay asks again for all ports.",
		.action = "Nothing." },
	ROW(IPSEC_NO_EFFECT, "ipsec-no-effect", WARNING)
		.meaning = "IPsec is asked for where it cannot work.",
		.action = "Change `natpmp_auth` or `ports[].host`." },
	ROW(IPSEC_PEER, "ipsec-peer", INFO)
		.meaning = "A peer of IPsec has come or gone.",
		.action = "Nothing." },
	ROW(HOST_PLANE_FAILED, "host-plane-failed", ERR)
		.meaning = "The host plane cannot be set up.",
		.action = "Read the reason: a capability, a module of the kernel, or a namespace is missing." },
	ROW(HOST_INTERFACE_USED, "host-interface-used", NOTICE)
		.meaning = "An interface of the host plane was prepared by somebody else, and is used.",
		.action = "Nothing." },
	ROW(HOST_INTERFACE_GONE, "host-interface-gone", ERR)
		.meaning = "An interface of the host plane is gone.",
		.action = "Restart cgnd.",
		.lasts = true },
	ROW(HOST_RP_FILTER, "host-rp-filter", WARNING)
		.meaning = "The reverse path filter of an interface cannot be set.",
		.action = "Set it to 2.",
		.lasts = true },
	ROW(POOLS_CARRIER, "pools-carrier", NOTICE)
		.meaning = "The interface that stands for the pools has got or lost its carrier.",
		.action = "Nothing." },
	ROW(POOLS_NOT_ANNOUNCED, "pools-not-announced", ERR)
		.meaning = "The interface that stands for the pools is gone, so a routing daemon does not announce them.",
		.action = "Restart cgnd.",
		.lasts = true, .is_one = true },
	ROW(ADDRESSES_UNUSABLE, "addresses-unusable", ERR)
		.meaning = "The external addresses cannot be used as configured.",
		.action = "Change the pools as the line says." },
	ROW(LOG_LINES_LOST, "log-lines-lost", WARNING)
		.meaning = "The reader of the log was too slow, and lines are lost.",
		.action = "Repair the reader; do not use `-v` in service." },
};
#undef ROW
/* clang-format on */

const struct cgn_log_event_row *
cgn_log_event_row(enum cgn_log_event event)
{
	return &rows[event];
}

bool
cgn_log_event_ends(enum cgn_log_event end, enum cgn_log_event begin)
{
	for (unsigned int i = 0; i < CGN_LOG_EVENT_OVER_MAX; i++) {
		if (end != CGN_EVENT_NONE && rows[begin].over[i] == end)
			return true;
	}
	return false;
}

/* Which events end another one. */
static bool is_end[CGN_EVENT_COUNT];

RTE_INIT(log_event_find_ends)
{
	for (unsigned int i = CGN_EVENT_NONE + 1; i < CGN_EVENT_COUNT; i++) {
		for (unsigned int k = 0; k < CGN_LOG_EVENT_OVER_MAX; k++)
			is_end[rows[i].over[k]] = true;
	}
	is_end[CGN_EVENT_NONE] = false; /* it stands where a row names no more events */
}

bool
cgn_log_event_is_end(enum cgn_log_event event)
{
	return is_end[event];
}

const char *
cgn_log_event_severity(uint32_t level)
{
	switch (level) {
	case RTE_LOG_WARNING:
		return "warning";
	case RTE_LOG_NOTICE:
		return "notice";
	case RTE_LOG_INFO:
		return "info";
	case RTE_LOG_DEBUG:
		return "debug";
	default:
		return "error";
	}
}

/* The events that end an event, for the table. */
static void
print_over(FILE *out, const struct cgn_log_event_row *row)
{
	if (!row->lasts)
		fputs("-", out);
	else if (row->over[0] == CGN_EVENT_NONE)
		fputs("a restart", out);
	for (unsigned int i = 0; i < CGN_LOG_EVENT_OVER_MAX && row->over[i] != CGN_EVENT_NONE; i++)
		fprintf(out, "%s`%s`", i == 0 ? "" : ", ", rows[row->over[i]].name);
}

void
cgn_log_event_print(FILE *out)
{
	fputs("# Events of the log\n\n"
	      "Made by `cgnd --events`; a test compares. [OPERATE.md](OPERATE.md#the-log) tells how a line\n"
	      "looks. Names of events do not change from a release on ([CHANGELOG.md](CHANGELOG.md)). `info` is printed with `-v`, `debug` with `-v -v`.\n\n"
	      "The column \"until\" names the event that says that it is over. \"a restart\": it lasts until cgnd is\n"
	      "restarted. \"-\": the event tells of one moment, so there is nothing to end.\n\n"
	      "| event | severity | meaning | what to do | until |\n|---|---|---|---|---|\n",
			out);
	for (unsigned int i = CGN_EVENT_NONE + 1; i < CGN_EVENT_COUNT; i++) {
		fprintf(out, "| `%s` | %s | %s | %s | ", rows[i].name,
				cgn_log_event_severity(rows[i].level), rows[i].meaning,
				rows[i].action);
		print_over(out, &rows[i]);
		fputs(" |\n", out);
	}
}
