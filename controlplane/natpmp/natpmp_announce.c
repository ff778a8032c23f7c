/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Series of announcements, one for each client that has to hear of a new epoch or address.
 *
 * A series is in a hash table and has a timer. New series begin a little apart, so that many of them are no burst.
 */
#include "controlplane/natpmp/natpmp_announce.h"

#include <errno.h>
#include <stdlib.h>

#define BUCKETS  4096 /* a power of two: chains of 16 while 64 k clients are told */
#define GAP_MS   250 /* the first gap; each further one is twice as long (RFC 6886 section 3.2.1) */
#define SPACE_MS (1000 / CGN_NATPMP_ANNOUNCE_PER_S)

struct series {
	struct series *next; /* of the bucket */
	struct cgn_natpmp_announce *owner;
	struct cgn_timer timer;
	uint32_t realm;
	rte_be32_t addr;
	rte_be32_t gateway;
	rte_be32_t ext;
	uint16_t result;
	uint16_t n_sent;
	uint64_t first_ms; /* when the first packet left */
	bool is_asking;    /* a worker is asked for the address */
	bool is_again;     /* there was a new event meanwhile */
	bool is_canceled;  /* it ends when the worker has answered */
};

struct cgn_natpmp_announce {
	struct cgn_natpmp_announce_cfg cfg;
	uint64_t next_ms; /* when the next series may begin */
	uint32_t n;
	struct cgn_natpmp_announce_stats stats;
	struct series *buckets[BUCKETS];
};

static uint32_t
announce_bucket_of(const struct cgn_natpmp_announce *a, uint32_t realm, rte_be32_t addr)
{
	uint64_t x = ((uint64_t)realm << 32 | addr) ^ a->cfg.seed;

	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(x >> 32) % BUCKETS;
}

static struct series *
announce_find(const struct cgn_natpmp_announce *a, uint32_t realm, rte_be32_t addr)
{
	struct series *s = a->buckets[announce_bucket_of(a, realm, addr)];

	while (s != NULL && (s->realm != realm || s->addr != addr))
		s = s->next;
	return s;
}

static void
end(struct series *s)
{
	struct cgn_natpmp_announce *a = s->owner;
	struct series **p = &a->buckets[announce_bucket_of(a, s->realm, s->addr)];

	while (*p != s)
		p = &(*p)->next;
	*p = s->next;
	cgn_timerq_cancel(a->cfg.timers, &s->timer);
	cgn_realms_release(a->cfg.realms, s->realm);
	a->n--;
	free(s);
}

static void
give_up(struct series *s)
{
	s->owner->stats.failed++;
	end(s);
}

/* Nobody knows which of both protocols a client speaks. */
static void
announce_pcp(const struct series *s, uint32_t epoch_s)
{
	const struct cgn_natpmp_announce_cfg *cfg = &s->owner->cfg;
	uint8_t buf[CGN_NATPMP_ANNOUNCE_PCP_LEN];
	size_t len = cfg->ops->pcp == NULL ? 0 : cfg->ops->pcp(cfg->ctx, epoch_s, buf);

	if (len != 0)
		cfg->ops->send(cfg->ctx, s->realm, s->gateway, s->addr, CGN_NATPMP_ANNOUNCE_PORT,
				buf, len);
}

static void
announce_send(struct series *s, uint64_t now_ms)
{
	struct cgn_natpmp_announce *a = s->owner;
	uint32_t epoch_s = cgn_lessor_epoch_s(a->cfg.lessor, s->realm, s->addr, now_ms);
	uint8_t buf[CGN_NATPMP_ADDRESS_LEN];

	cgn_natpmp_codec_address(buf, s->result, epoch_s, s->ext);
	a->cfg.ops->send(a->cfg.ctx, s->realm, s->gateway, s->addr, CGN_NATPMP_ANNOUNCE_PORT, buf,
			sizeof(buf));
	if (a->cfg.conf->natpmp.announce_to_5351)
		a->cfg.ops->send(a->cfg.ctx, s->realm, s->gateway, s->addr, CGN_NATPMP_PORT, buf,
				sizeof(buf));
	announce_pcp(s, epoch_s);
	a->stats.sent++;
}

/* Send the next packet, and set the time of the one after it: 0, 250, 750, 1750 ms ... after the first. */
static void
announce_go_on(struct series *s, uint64_t now_ms)
{
	if (s->n_sent == 0)
		s->first_ms = now_ms;
	announce_send(s, now_ms);
	if (++s->n_sent == CGN_NATPMP_ANNOUNCE_COUNT) {
		end(s);
		return;
	}
	if (cgn_timerq_set(s->owner->cfg.timers, &s->timer,
			    s->first_ms + GAP_MS * ((UINT64_C(1) << s->n_sent) - 1)) < 0)
		give_up(s);
}

static void
schedule(struct series *s, uint64_t now_ms)
{
	struct cgn_natpmp_announce *a = s->owner;

	if (a->next_ms < now_ms)
		a->next_ms = now_ms;
	s->n_sent = 0;
	s->is_again = false;
	a->stats.series++;
	if (cgn_timerq_set(a->cfg.timers, &s->timer, a->next_ms) < 0) {
		give_up(s);
		return;
	}
	a->next_ms += SPACE_MS;
}

/* The worker has said which address the client has now. */
static void
announce_told(void *arg, const struct cgn_lessor_answer *answer, uint64_t now_ms)
{
	struct series *s = arg;

	s->is_asking = false;
	if (s->is_canceled) {
		end(s);
	} else if (s->is_again) {
		schedule(s, now_ms);
	} else if (answer->ret == 0) {
		s->ext = answer->ext.addr;
		s->result = CGN_NATPMP_OK;
		announce_go_on(s, now_ms);
	} else if (answer->ret == -EADDRNOTAVAIL) {
		s->ext = 0;
		s->result = CGN_NATPMP_NETWORK;
		announce_go_on(s, now_ms);
	} else {
		give_up(s);
	}
}

static void
fire(void *arg, uint64_t now_ms)
{
	struct series *s = arg;
	struct cgn_natpmp_announce *a = s->owner;
	const struct cgn_lessor_request r = { .realm = s->realm, .in = { .addr = s->addr } };
	struct cgn_lessor_client client;

	if (s->n_sent > 0) {
		announce_go_on(s, now_ms);
		return;
	}
	/* The announcement comes from the address that the client has asked. A client takes it from no
	 * other. */
	s->gateway = 0;
	if (cgn_lessor_find_client(a->cfg.lessor, s->realm, s->addr, &client))
		s->gateway = client.gateway;
	if (s->gateway == 0)
		s->gateway = a->cfg.ops->gateway(a->cfg.ctx, s->realm, s->addr);
	if (s->gateway == 0) {
		give_up(s);
		return;
	}
	s->is_asking = true;
	cgn_lessor_bind(a->cfg.lessor, &r, announce_told, s, now_ms);
}

void
cgn_natpmp_announce_client(
		struct cgn_natpmp_announce *a, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	struct series *s = announce_find(a, realm, addr);
	uint32_t b = announce_bucket_of(a, realm, addr);

	if (!a->cfg.conf->natpmp.announce || a->cfg.conf->natpmp.role == CGN_NATPMP_OFF)
		return;
	/* The worker's answer may be older than the new event. So the series begins again after the
	 * answer. */
	if (s != NULL && s->is_asking) {
		s->is_again = true;
		s->is_canceled = false;
		return;
	}
	if (s == NULL) {
		s = calloc(1, sizeof(*s));
		if (s == NULL) {
			a->stats.failed++;
			return;
		}
		s->owner = a;
		s->realm = realm;
		s->addr = addr;
		s->timer.fire = fire;
		s->timer.arg = s;
		s->next = a->buckets[b];
		a->buckets[b] = s;
		a->n++;
		cgn_realms_hold(a->cfg.realms, realm);
	}
	schedule(s, now_ms);
}

void
cgn_natpmp_announce_stranger(
		struct cgn_natpmp_announce *a, uint32_t realm, rte_be32_t addr, uint64_t now_ms)
{
	if (a->n < CGN_NATPMP_ANNOUNCE_STRANGERS && announce_find(a, realm, addr) == NULL)
		cgn_natpmp_announce_client(a, realm, addr, now_ms);
}

void
cgn_natpmp_announce_cancel(struct cgn_natpmp_announce *a)
{
	for (uint32_t i = 0; i < BUCKETS; i++) {
		struct series *next;

		for (struct series *s = a->buckets[i]; s != NULL; s = next) {
			next = s->next;
			if (s->is_asking)
				s->is_canceled = true;
			else
				end(s);
		}
	}
}

int
cgn_natpmp_announce_create(
		struct cgn_natpmp_announce **out, const struct cgn_natpmp_announce_cfg *cfg)
{
	struct cgn_natpmp_announce *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return -ENOMEM;
	a->cfg = *cfg;
	*out = a;
	return 0;
}

void
cgn_natpmp_announce_destroy(struct cgn_natpmp_announce *a)
{
	if (a == NULL)
		return;
	for (uint32_t i = 0; i < BUCKETS; i++) {
		while (a->buckets[i] != NULL)
			end(a->buckets[i]);
	}
	free(a);
}

void
cgn_natpmp_announce_set_conf(struct cgn_natpmp_announce *a, const struct cgn_conf *conf)
{
	a->cfg.conf = conf;
}

bool
cgn_natpmp_announce_has(const struct cgn_natpmp_announce *a, uint32_t realm, rte_be32_t addr)
{
	return announce_find(a, realm, addr) != NULL;
}

uint32_t
cgn_natpmp_announce_open(const struct cgn_natpmp_announce *a)
{
	return a->n;
}

const struct cgn_natpmp_announce_stats *
cgn_natpmp_announce_stats(const struct cgn_natpmp_announce *a)
{
	return &a->stats;
}
