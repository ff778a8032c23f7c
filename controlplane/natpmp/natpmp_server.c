/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/natpmp/natpmp_server.h"

#include "controlplane/loop/token_bucket.h"
#include "shared/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS       256 /* requests under way, by what they ask; a power of two */
#define RATE_SETS    4096
#define RATE_WAYS    4
#define RESPONSE_BIT 0x80 /* the top bit, which a PCP client looks for */

/* A request under way. */
struct pending {
	struct cgn_natpmp_server *server;
	struct pending *next;  /* free, or ready and waiting for the store */
	struct pending *chain; /* others that ask alike */
	struct cgn_natpmp_peer peer;
	struct cgn_natpmp_request request;
	uint64_t at_ms;
	uint32_t lifetime_s; /* answer */
	uint16_t ext_port;
};

/* The requests of one subscriber. */
struct quota {
	struct cgn_ip6 prefix; /* of its home or, in the first word, its IPv4 prefix */
	struct cgn_token_bucket rate;
};

struct cgn_natpmp_server {
	struct cgn_natpmp_server_cfg cfg;
	struct cgn_group_map groups;
	struct pending *unused;
	struct pending *ready; /* in the order of their replies */
	struct pending **ready_end;
	struct pending *keeping; /* the store is at work on these */
	struct cgn_lessor_wait wait;
	struct cgn_timer flush;
	struct cgn_timer late;
	unsigned int n_open;
	struct cgn_natpmp_server_stats stats;
	struct pending *chains[CHAINS];
	struct pending pending[CGN_NATPMP_SERVER_OPEN_MAX];
	struct quota quotas[RATE_SETS][RATE_WAYS];
	uint8_t buf[CGN_NATPMP_REQUEST_MAX];
};

static void
count(struct cgn_natpmp_server *s, enum cgn_natpmp_counter c)
{
	s->stats.counter[c]++;
}

/* --- who may ask --------------------------------------------------------------------------- */

/* The group of a client, NULL: it is no subscriber. Behind a softwire that of its B4. */
static const struct cgn_conf_group *
group_of(const struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *from)
{
	uint32_t group = from->is_wire ? cgn_group_find6(&s->groups, &from->b4)
				       : cgn_group_find4(&s->groups, from->addr);

	return group == CGN_GROUP_NONE ? NULL : &s->cfg.conf->groups[group];
}

/* Whether a request came by an inside port or a softwire, to an address of the inside. */
static bool
is_inside(const struct cgn_conf *conf, const struct cgn_natpmp_peer *from)
{
	if (from->is_wire && from->gateway == CGN_SOFTWIRE_AFTR_ADDR)
		return true;
	if (!from->is_wire &&
			(from->link >= conf->n_ports ||
					conf->ports[from->link].side != CGN_SIDE_INSIDE))
		return false;
	for (size_t p = 0; p < conf->n_ports; p++) {
		const struct cgn_conf_port *port = &conf->ports[p];

		for (unsigned int i = 0; port->side == CGN_SIDE_INSIDE && i < port->n_addresses;
				i++) {
			if (!port->addresses[i].is_ip6 && port->addresses[i].ip4 == from->gateway)
				return true;
		}
	}
	return false;
}

static uint32_t
hash(const struct cgn_natpmp_server *s, uint64_t x)
{
	x ^= s->cfg.seed;
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(x >> 32);
}

/* Who is counted as one: a home, or the subscriber of an inside prefix. */
static struct cgn_ip6
prefix_of(const struct cgn_conf_group *g, const struct cgn_natpmp_peer *from)
{
	struct cgn_ip6 prefix = { 0 };
	rte_be32_t addr;

	/* A group of homes only may have a length that no IPv4 prefix has. */
	if (from->is_wire)
		return cgn_ip6_prefix(&from->b4, g->subscriber_prefix6_len);
	addr = from->addr & rte_cpu_to_be_32(cgn_mask4(g->subscriber_prefix_len));
	memcpy(&prefix, &addr, sizeof(addr));
	return prefix;
}

/* One subscriber's requests are counted together, whatever its number of hosts. Whoever has been
 * quiet for longest makes room. */
static bool
may_ask(struct cgn_natpmp_server *s, const struct cgn_conf_group *g,
		const struct cgn_natpmp_peer *from, uint64_t now_ms)
{
	struct cgn_ip6 prefix = prefix_of(g, from);
	uint32_t per_s = s->cfg.conf->natpmp.requests_per_s;
	struct quota *set, *q;
	uint64_t half[2];

	memcpy(half, &prefix, sizeof(half));
	set = q = s->quotas[hash(s, half[0] ^ hash(s, half[1])) % RATE_SETS];
	for (unsigned int i = 0; i < RATE_WAYS; i++) {
		if (set[i].rate.per_s != 0 &&
				memcmp(&set[i].prefix, &prefix, sizeof(prefix)) == 0) {
			set[i].rate.per_s = set[i].rate.burst = per_s;
			return cgn_token_bucket_take(&set[i].rate, now_ms);
		}
		if (set[i].rate.at_ms < q->rate.at_ms)
			q = &set[i];
	}
	q->prefix = prefix;
	cgn_token_bucket_init(&q->rate, per_s, per_s, now_ms);
	return cgn_token_bucket_take(&q->rate, now_ms);
}

/* --- requests under way -------------------------------------------------------------------- */

static struct pending **
chain_of(struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *from,
		const struct cgn_natpmp_request *r)
{
	uint64_t what = (uint64_t)r->in_port << 48 | (uint64_t)r->opcode << 32 | from->addr;

	return &s->chains[hash(s, what) % CHAINS];
}

static bool
is_same(const struct pending *p, const struct cgn_natpmp_peer *from,
		const struct cgn_natpmp_request *r)
{
	return p->peer.realm == from->realm && p->peer.addr == from->addr &&
			p->peer.gateway == from->gateway && p->peer.udp_port == from->udp_port &&
			p->request.opcode == r->opcode && p->request.in_port == r->in_port &&
			p->request.ext_port == r->ext_port &&
			p->request.lifetime_s == r->lifetime_s;
}

/* @return NULL: not to be looked at */
static struct pending *
open_request(struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *from,
		const struct cgn_natpmp_request *r, uint64_t now_ms)
{
	struct pending **chain = chain_of(s, from, r);
	struct pending *p = *chain;

	while (p != NULL && !is_same(p, from, r))
		p = p->chain;
	if (p != NULL) {
		count(s, CGN_NATPMP_C_REPEATED);
		return NULL;
	}
	p = s->unused;
	if (p == NULL) {
		count(s, CGN_NATPMP_C_OVERLOAD);
		return NULL;
	}
	s->unused = p->next;
	*p = (struct pending){
		.server = s,
		.chain = *chain,
		.peer = *from,
		.request = *r,
		.at_ms = now_ms,
	};
	*chain = p;
	s->n_open++;
	cgn_realms_hold(s->cfg.realms, from->realm);
	return p;
}

static void
close_request(struct pending *p)
{
	struct cgn_natpmp_server *s = p->server;
	struct pending **at = chain_of(s, &p->peer, &p->request);

	while (*at != p)
		at = &(*at)->chain;
	*at = p->chain;
	p->next = s->unused;
	s->unused = p;
	s->n_open--;
	cgn_realms_release(s->cfg.realms, p->peer.realm);
}

/* --- answers ------------------------------------------------------------------------------- */

static uint32_t
epoch_of(const struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *to, uint64_t now_ms)
{
	/* A home that has no number has lost nothing. Its inner address says nothing: a native client may
	 * have the same one. */
	rte_be32_t addr = to->is_wire && to->realm == 0 ? CGN_LESSOR_ALL : to->addr;

	return s->cfg.backend->epoch_s(s->cfg.backend_ctx, to->realm, addr, now_ms);
}

static void
send(struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *to, uint16_t result,
		const void *data, size_t len)
{
	if (result < CGN_NATPMP_RESULTS)
		s->stats.result[result]++;
	s->cfg.ops->send(s->cfg.ctx, to, data, len);
}

static bool
is_late(struct pending *p, uint64_t now_ms)
{
	if (p->server->cfg.backend->is_slow || now_ms - p->at_ms <= CGN_NATPMP_SERVER_LATE_MS)
		return false;
	count(p->server, CGN_NATPMP_C_LATE);
	return true;
}

static void
answer_map(struct pending *p, uint16_t result, uint64_t now_ms)
{
	struct cgn_natpmp_server *s = p->server;
	uint8_t buf[CGN_NATPMP_MAP_LEN];
	const struct cgn_natpmp_map_answer a = {
		.opcode = p->request.opcode,
		.result = result,
		.epoch_s = epoch_of(s, &p->peer, now_ms),
		.in_port = p->request.in_port,
		.ext_port = result == CGN_NATPMP_OK ? p->ext_port : 0,
		.lifetime_s = result == CGN_NATPMP_OK ? p->lifetime_s : 0,
	};

	cgn_natpmp_codec_map(buf, &a);
	if (!is_late(p, now_ms))
		send(s, &p->peer, result, buf, sizeof(buf));
	close_request(p);
}

/* @return the result code, -1: none fits, no answer */
static int
result_of(const struct cgn_natpmp_server *s, const struct cgn_lessor_answer *a)
{
	if (a->upstream_code != 0)
		return a->upstream_code;
	switch (a->ret) {
	case 0:
		return CGN_NATPMP_OK;
	case -EACCES:
	case -EPERM:
		return CGN_NATPMP_REFUSED;
	case -EADDRNOTAVAIL:
		return CGN_NATPMP_NETWORK;
	case -ENOSPC:
		return CGN_NATPMP_RESOURCES;
	case -EDQUOT:
		return s->cfg.conf->natpmp.subscriber_limit_code;
	default:
		return -1;
	}
}

static void
answer_address(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct pending *p = arg;
	struct cgn_natpmp_server *s = p->server;
	int result = result_of(s, a);
	uint8_t buf[CGN_NATPMP_ADDRESS_LEN];

	if (result < 0) {
		count(s, CGN_NATPMP_C_UNANSWERED);
	} else if (!is_late(p, now_ms)) {
		cgn_natpmp_codec_address(buf, (uint16_t)result, epoch_of(s, &p->peer, now_ms),
				result == CGN_NATPMP_OK ? a->ext.addr : 0);
		send(s, &p->peer, (uint16_t)result, buf, sizeof(buf));
	}
	close_request(p);
}

static void
refuse_silently(struct pending *p)
{
	count(p->server, CGN_NATPMP_C_UNANSWERED);
	close_request(p);
}

/* The store has what the answers say, or has failed. */
static void
kept(void *arg, int ret, uint64_t now_ms)
{
	struct cgn_natpmp_server *s = arg;
	struct pending *p = s->keeping;

	s->keeping = NULL;
	cgn_timerq_cancel(s->cfg.timers, &s->late);
	while (p != NULL) {
		struct pending *next = p->next;

		if (ret == 0)
			answer_map(p, CGN_NATPMP_OK, now_ms);
		else
			refuse_silently(p);
		p = next;
	}
	if (s->ready != NULL)
		(void)cgn_timerq_set(s->cfg.timers, &s->flush, now_ms); /* reserved */
}

/* Begin to keep what is ready. While the store is at work the others wait for the next time. */
static void
flush(void *arg, uint64_t now_ms)
{
	struct cgn_natpmp_server *s = arg;

	if (s->wait.is_set)
		return;
	s->keeping = s->ready;
	s->ready = NULL;
	s->ready_end = &s->ready;
	cgn_lessor_wait(s->cfg.lessor, &s->wait, now_ms);
	if (s->wait.is_set)
		(void)cgn_timerq_set(s->cfg.timers, &s->late,
				now_ms + CGN_NATPMP_SERVER_LATE_MS + 1); /* reserved */
}

/* Close those of a list whose answer nobody waits for any more. @return where the next one is to be put */
static struct pending **
drop_late(struct pending **at, uint64_t now_ms)
{
	while (*at != NULL) {
		struct pending *p = *at;

		if (is_late(p, now_ms)) {
			*at = p->next;
			close_request(p);
		} else {
			at = &p->next;
		}
	}
	return at;
}

/* The store hangs: what it has to do must not take the room of other requests for ever. */
static void
make_room(void *arg, uint64_t now_ms)
{
	struct cgn_natpmp_server *s = arg;

	(void)drop_late(&s->keeping, now_ms);
	s->ready_end = drop_late(&s->ready, now_ms);
	if (s->wait.is_set)
		(void)cgn_timerq_set(
				s->cfg.timers, &s->late, now_ms + CGN_NATPMP_SERVER_LATE_MS + 1);
}

/* What the store has to commit before it may be said. */
static void
make_ready(struct pending *p, uint64_t now_ms)
{
	struct cgn_natpmp_server *s = p->server;

	p->next = NULL;
	*s->ready_end = p;
	s->ready_end = &p->next;
	if (cgn_timerq_set(s->cfg.timers, &s->flush, now_ms) < 0)
		flush(s, now_ms);
}

/* The worker counts its subscriber's refusals; of this one it does not know. */
static void
tell_refused(const struct pending *p, uint64_t now_ms)
{
	const struct cgn_natpmp_server_cfg *cfg = &p->server->cfg;

	if (cfg->ops->refused != NULL)
		cfg->ops->refused(cfg->ctx, &p->peer, now_ms);
}

static void
mapped(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct pending *p = arg;
	struct cgn_natpmp_server *s = p->server;
	int result = result_of(s, a);

	if (a->upstream_code != 0) /* refused by the NAT in front */
		tell_refused(p, now_ms);
	else if (a->ret == -EDQUOT)
		count(s, CGN_NATPMP_C_REFUSED_SUBSCRIBER);
	else if (a->ret == -ENOSPC)
		count(s, CGN_NATPMP_C_REFUSED_BOX);
	if (result < 0) {
		count(s, CGN_NATPMP_C_UNANSWERED);
		close_request(p);
	} else if (result == CGN_NATPMP_OK) {
		p->ext_port = rte_be_to_cpu_16(a->ext.port);
		p->lifetime_s = a->lifetime_s;
		make_ready(p, now_ms);
	} else {
		answer_map(p, (uint16_t)result, now_ms);
	}
}

/* Whether a client has static mappings of a protocol. */
static bool
has_static(const struct cgn_conf *conf, rte_be32_t addr, uint8_t proto)
{
	for (size_t i = 0; i < conf->nat.n_statics; i++) {
		if (conf->nat.statics[i].in_addr == addr && conf->nat.statics[i].proto == proto)
			return true;
	}
	return false;
}

static void
unmapped(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms)
{
	struct pending *p = arg;
	struct cgn_natpmp_server *s = p->server;
	int result = result_of(s, a);

	if (result < 0) {
		count(s, CGN_NATPMP_C_UNANSWERED);
		close_request(p);
		return;
	}
	/* All but the operator's are gone (RFC 6886 section 3.4). */
	if (result == CGN_NATPMP_OK && p->request.in_port == 0 && !p->peer.is_wire &&
			has_static(s->cfg.conf, p->peer.addr, p->request.proto))
		result = CGN_NATPMP_REFUSED;
	if (result == CGN_NATPMP_OK)
		make_ready(p, now_ms);
	else
		answer_map(p, (uint16_t)result, now_ms);
}

/* --- requests ------------------------------------------------------------------------------ */

static void
refuse_version(struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *from,
		const struct cgn_natpmp_request *r, uint64_t now_ms)
{
	uint8_t opcode = s->cfg.conf->natpmp.version_error_bit ? RESPONSE_BIT | r->opcode : 0;
	uint8_t buf[CGN_NATPMP_VERSION_LEN];

	cgn_natpmp_codec_version(buf, opcode, epoch_of(s, from, now_ms));
	send(s, from, CGN_NATPMP_BAD_VERSION, buf, sizeof(buf));
}

static void
refuse_opcode(struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *from, const uint8_t *data,
		size_t len, uint64_t now_ms)
{
	if (len > sizeof(s->buf)) {
		count(s, CGN_NATPMP_C_IGNORED);
		return;
	}
	len = cgn_natpmp_codec_opcode(s->buf, data, len, epoch_of(s, from, now_ms));
	send(s, from, CGN_NATPMP_BAD_OPCODE, s->buf, len);
}

static struct cgn_lessor_request
lessor_request(const struct cgn_natpmp_peer *from, const struct cgn_natpmp_request *r)
{
	return (struct cgn_lessor_request){
		.realm = from->realm,
		.in = { .addr = from->addr,
				.port = rte_cpu_to_be_16(r->in_port),
				.proto = r->proto },
		.ext_port = rte_cpu_to_be_16(r->ext_port),
		.lifetime_s = r->lifetime_s,
		.gateway = from->gateway,
	};
}

static void
get_address(struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *from,
		const struct cgn_natpmp_request *r, uint64_t now_ms)
{
	const struct cgn_lessor_request ask = lessor_request(from, r);
	struct pending *p;

	count(s, CGN_NATPMP_C_REQUESTS_ADDRESS);
	p = open_request(s, from, r, now_ms);
	if (p != NULL)
		s->cfg.backend->address(s->cfg.backend_ctx, &ask, answer_address, p, now_ms);
}

static void
unmap(struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *from,
		const struct cgn_natpmp_request *r, uint64_t now_ms)
{
	const struct cgn_lessor_request ask = lessor_request(from, r);
	struct pending *p;

	count(s, CGN_NATPMP_C_REQUESTS_UNMAP);
	p = open_request(s, from, r, now_ms);
	if (p == NULL)
		return;
	if (r->in_port == 0)
		s->cfg.backend->unmap_all(s->cfg.backend_ctx, &ask, unmapped, p, now_ms);
	else
		s->cfg.backend->unmap(s->cfg.backend_ctx, &ask, unmapped, p, now_ms);
}

static void
map(struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *from,
		const struct cgn_natpmp_request *r, const struct cgn_conf_group *g, uint64_t now_ms)
{
	struct cgn_lessor_request ask = lessor_request(from, r);
	uint32_t most = s->cfg.conf->natpmp.lifetime_max_s;
	struct pending *p;

	count(s, CGN_NATPMP_C_REQUESTS_MAP);
	p = open_request(s, from, r, now_ms);
	if (p == NULL)
		return;
	if (g->leases_max == 0)
		count(s, CGN_NATPMP_C_REFUSED_POLICY);
	if (g->leases_max == 0 || r->in_port == 0) {
		tell_refused(p, now_ms);
		answer_map(p, CGN_NATPMP_REFUSED, now_ms);
		return;
	}
	if (ask.lifetime_s > most)
		ask.lifetime_s = most;
	s->cfg.backend->map(s->cfg.backend_ctx, &ask, mapped, p, now_ms);
}

static void
answer(struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *from,
		const struct cgn_natpmp_request *r, const struct cgn_conf_group *g, uint64_t now_ms)
{
	if (r->kind == CGN_NATPMP_GET_ADDRESS)
		get_address(s, from, r, now_ms);
	else if (r->lifetime_s == 0)
		unmap(s, from, r, now_ms);
	else
		map(s, from, r, g, now_ms);
}

/* Somebody who asks for something has a realm from now on, at least until it has been looked at. */
static void
answer_home(struct cgn_natpmp_server *s, struct cgn_natpmp_peer *from,
		const struct cgn_natpmp_request *r, const struct cgn_conf_group *g, uint64_t now_ms)
{
	from->realm = cgn_realms_get(s->cfg.realms, &from->b4, g->subscriber_prefix6_len);
	if (from->realm == 0) {
		count(s, CGN_NATPMP_C_OVERLOAD);
		return;
	}
	answer(s, from, r, g, now_ms);
	cgn_realms_release(s->cfg.realms, from->realm);
}

bool
cgn_natpmp_server_input(struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *peer,
		const uint8_t *data, size_t len, uint64_t now_ms)
{
	struct cgn_natpmp_peer from = *peer;
	const struct cgn_conf_group *g;
	struct cgn_natpmp_request r;

	from.realm = 0;
	if (!is_inside(s->cfg.conf, &from)) {
		count(s, CGN_NATPMP_C_NOT_INSIDE);
		return true;
	}
	g = group_of(s, &from);
	if (g == NULL || (from.is_wire && s->cfg.realms == NULL))
		return false;
	cgn_natpmp_codec_parse(&r, data, len);
	if (r.kind == CGN_NATPMP_IGNORE) {
		count(s, CGN_NATPMP_C_IGNORED);
		return true;
	}
	if (!may_ask(s, g, &from, now_ms)) {
		count(s, CGN_NATPMP_C_LIMITED);
		return true;
	}
	if (from.is_wire)
		from.realm = cgn_realms_find(s->cfg.realms, &from.b4, g->subscriber_prefix6_len);
	if (r.kind == CGN_NATPMP_UNKNOWN_VERSION)
		refuse_version(s, &from, &r, now_ms);
	else if (r.kind == CGN_NATPMP_UNKNOWN_OPCODE)
		refuse_opcode(s, &from, data, len, now_ms);
	else if (from.is_wire)
		answer_home(s, &from, &r, g, now_ms);
	else
		answer(s, &from, &r, g, now_ms);
	return true;
}

/* --- life ---------------------------------------------------------------------------------- */

int
cgn_natpmp_server_create(struct cgn_natpmp_server **out, const struct cgn_natpmp_server_cfg *cfg)
{
	struct cgn_natpmp_server *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->cfg = *cfg;
	if (s->cfg.backend == NULL) {
		s->cfg.backend = &cgn_lease_backend_lessor;
		s->cfg.backend_ctx = cfg->lessor;
	}
	s->ready_end = &s->ready;
	s->flush.fire = flush;
	s->flush.arg = s;
	s->late.fire = make_room;
	s->late.arg = s;
	s->wait.done = kept;
	s->wait.arg = s;
	for (unsigned int i = 0; i < CGN_NATPMP_SERVER_OPEN_MAX; i++) {
		s->pending[i].next = s->unused;
		s->unused = &s->pending[i];
	}
	if (cgn_group_map_init(&s->groups, cfg->conf) < 0 ||
			cgn_timerq_reserve(cfg->timers, 2) < 0) {
		cgn_group_map_fini(&s->groups);
		free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

void
cgn_natpmp_server_destroy(struct cgn_natpmp_server *s)
{
	if (s == NULL)
		return;
	cgn_timerq_cancel(s->cfg.timers, &s->flush);
	cgn_timerq_cancel(s->cfg.timers, &s->late);
	cgn_group_map_fini(&s->groups);
	free(s);
}

void
cgn_natpmp_server_set_conf(struct cgn_natpmp_server *s, const struct cgn_conf *conf)
{
	s->cfg.conf = conf;
}

unsigned int
cgn_natpmp_server_open(const struct cgn_natpmp_server *s)
{
	return s->n_open;
}

const struct cgn_natpmp_server_stats *
cgn_natpmp_server_stats(const struct cgn_natpmp_server *s)
{
	return &s->stats;
}
