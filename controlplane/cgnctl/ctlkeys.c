/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The keys of JSON answers that are no tables.
 */
#include "controlplane/cgnctl/ctlkeys.h"

/* clang-format off */
#define KEY(key, help) { key, NULL, CGN_CTLTABLE_TEXT, 0, help }
#define KEYS(name) const struct cgn_ctllist cgn_ctlkeys_##name = { CGN_CTLLIST_COLUMNS(name##_keys) }

static const struct cgn_ctltable_column cleared_keys[] = {
	KEY("ended", "mappings that were ended"),
	KEY("leases", "leases of NAT-PMP and PCP that are meant, too, and stay: `leases delete` ends them"),
	KEY("static", "static mappings that are meant, too, and stay: they are in the configuration"),
};
KEYS(cleared);

static const struct cgn_ctltable_column confirmed_keys[] = {
	KEY("confirmed", "1"),
};
KEYS(confirmed);

static const struct cgn_ctltable_column counters_keys[] = {
	KEY("since_ms", "when cgnd began to count, in milliseconds since 1970"),
	KEY("verdicts.received", "packets received"),
	KEY("verdicts.held", "packets that wait for a neighbour"),
	KEY("verdicts.forwarded.*", "packets forwarded, for each verdict"),
	KEY("verdicts.local.*", "packets for cgnd, for each verdict"),
	KEY("verdicts.absorbed.*", "packets that became part of something, for each verdict"),
	KEY("verdicts.dropped.*", "packets dropped, for each reason"),
	KEY("counters.*", "what the workers count"),
	KEY("gauges.*", "what the workers hold now"),
	KEY("control.*", "what the control thread counts and holds"),
	KEY("portmap.*", "what NAT-PMP, PCP, leases and the relay count and hold"),
};
KEYS(counters);

static const struct cgn_ctltable_column deleted_keys[] = {
	KEY("deleted", "leases that were ended"),
};
KEYS(deleted);

static const struct cgn_ctltable_column deterministic_keys[] = {
	KEY("group", "the group"),
	KEY("subscriber", "the address or prefix of the subscriber"),
	KEY("external", "its external address"),
	KEY("first", "its first external port"),
	KEY("last", "its last external port"),
};
KEYS(deterministic);

static const struct cgn_ctltable_column peers_loaded_keys[] = {
	KEY("set", "lines that have set a peer"),
	KEY("removed", "peers that were removed"),
	KEY("refused", "lines that were refused"),
};
KEYS(peers_loaded);

static const struct cgn_ctltable_column peers_set_keys[] = {
	KEY("set", "1"),
};
KEYS(peers_set);

static const struct cgn_ctltable_column peers_unset_keys[] = {
	KEY("removed", "1, or 0 if there was no such peer"),
};
KEYS(peers_unset);

static const struct cgn_ctltable_column trace_keys[] = {
	KEY("external", "the question: the external address and port, or the address"),
	KEY("at", "the question: the time"),
	KEY("answer", "`found`, `nobody`, or `unsure`: the records do not say it"),
	KEY("reason", "why it is unsure: [RECORDS.md](RECORDS.md) has the words"),
	KEY("doubt", "what may be wrong with an owner that was found: the same words"),
	KEY("reason_at", "the time of the reason or doubt"),
	KEY("by", "`configuration`: the answer is by the file of --config"),
	KEY("range.*", "the owner by the configuration: `group`, `subscriber`, `ext`, `port_first`, `port_last`"),
	KEY("tenure.*", "the owner by the records: `subscriber`, `ext`, `port_first`, `port_last`, `pool`, `since`, `until`, `end`, and where the records come from: `machine`, `instance`, `boot`, `worker`"),
	KEY("last_known.*", "the last owner before the records end, with the keys of `tenure`"),
	KEY("subscriber", "with --subscriber: the question"),
	KEY("complete", "of a subscriber or an address: whether the list is complete"),
	KEY("tenures.*", "of a subscriber or an address: a list of its ports, each with the keys of `tenure`"),
	KEY("ranges.*", "of an address: a list of its owners by the configuration, each with the keys of `range`"),
};
KEYS(trace);

static const struct cgn_ctltable_column who_keys[] = {
	KEY("state", "`mapped`; `hold_down`: was mapped shortly ago; `free_in_block`: free, in a block of a subscriber; `free`: in nobody's block; `outside_range`: free, and outside of `port_range` of the pool; `not_pool`: not an address of a pool"),
	KEY("mapping.*", "the mapping, with the keys of `mappings show`"),
	KEY("subscriber.*", "the subscriber, with the keys of `subscribers show`"),
	KEY("peer", "the identity of the IPsec peer at the inside address"),
	KEY("pool", "with `outside_range`: the pool of the address"),
	KEY("port_min", "with `outside_range`: the first port of its `port_range`"),
	KEY("port_max", "with `outside_range`: the last one"),
};
KEYS(who);
/* clang-format on */
