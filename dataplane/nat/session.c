/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Table of further sessions: found by mapping and remote endpoint, in lists per mapping and in queues.
 */
#include "dataplane/nat/session.h"

#include "shared/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_lcore.h>

/* Hash key; compared as bytes. */
struct key {
	uint32_t mapping;
	rte_be32_t rem_addr;
	rte_be16_t rem_port;
	uint16_t pad;
};
static_assert(sizeof(struct key) == 12, "no padding: hashed as bytes");

static struct key
make_key(uint32_t mapping, rte_be32_t rem_addr, rte_be16_t rem_port)
{
	return (struct key){ .mapping = mapping, .rem_addr = rem_addr, .rem_port = rem_port };
}

int
cgn_sessions_init(struct cgn_sessions *t, uint32_t capacity, unsigned int id, uint32_t now_s)
{
	static unsigned int serial; /* the names of hashes must differ in the whole process */
	char name[RTE_HASH_NAMESIZE];
	struct rte_hash_parameters params = {
		.name = name,
		.entries = RTE_MAX(capacity, 64u), /* rte_hash refuses very small tables */
		.key_len = sizeof(struct key),
		.hash_func = rte_hash_crc,
		.socket_id = (int)rte_socket_id(),
		.extra_flag = RTE_HASH_EXTRA_FLAGS_EXT_TABLE, /* so every insert up to `entries` succeeds */
	};

	memset(t, 0, sizeof(*t));
	snprintf(name, sizeof(name), "cgn_ses_%u_%u", id, serial++);
	t->capacity = capacity;
	/* Number 0 means "no session" in lists and queues. */
	t->fresh = 1;
	t->at = cgn_mem_map(((size_t)capacity + 1) * sizeof(*t->at));
	t->hash = rte_hash_create(&params);
	if (t->at == NULL || t->hash == NULL) {
		cgn_sessions_fini(t);
		return -ENOMEM;
	}
	cgn_wheel_init(&t->wheel, t->at, sizeof(*t->at), offsetof(struct cgn_session, node), now_s);
	return 0;
}

void
cgn_sessions_fini(struct cgn_sessions *t)
{
	rte_hash_free(t->hash);
	cgn_mem_unmap(t->at, ((size_t)t->capacity + 1) * sizeof(*t->at));
	t->hash = NULL;
	t->at = NULL;
}

uint32_t
cgn_sessions_find(const struct cgn_sessions *t, uint32_t mapping, rte_be32_t rem_addr,
		rte_be16_t rem_port)
{
	struct key key = make_key(mapping, rem_addr, rem_port);
	void *data;

	return rte_hash_lookup_data(t->hash, &key, &data) < 0 ? 0 : (uint32_t)(uintptr_t)data;
}

/* A mapping has two lists: sessions that keep it alive, and pending ones that do not. */
static uint32_t *
session_list_of(struct cgn_mapping *m, enum cgn_tcp_state state, bool is_unproven)
{
	return cgn_session_holds(state) && !is_unproven ? &m->sessions : &m->pending;
}

static void
list_add(struct cgn_sessions *t, uint32_t *head, uint32_t session)
{
	struct cgn_session *s = &t->at[session];

	s->prev = 0;
	s->next = *head;
	if (*head != 0)
		t->at[*head].prev = session;
	*head = session;
}

static void
list_del(struct cgn_sessions *t, uint32_t *head, uint32_t session)
{
	struct cgn_session *s = &t->at[session];

	if (s->prev != 0)
		t->at[s->prev].next = s->next;
	else
		*head = s->next;
	if (s->next != 0)
		t->at[s->next].prev = s->prev;
}

uint32_t
cgn_sessions_add(struct cgn_sessions *t, struct cgn_mapping *m, uint32_t mapping,
		rte_be32_t rem_addr, rte_be16_t rem_port, enum cgn_tcp_state state, cgn_tick now)
{
	struct key key = make_key(mapping, rem_addr, rem_port);
	uint32_t session = t->free != 0 ? t->free : t->fresh;

	if (session > t->capacity)
		return 0;
	/* The hash comes first: if it fails, nothing else has changed. */
	if (rte_hash_add_key_data(t->hash, &key, (void *)(uintptr_t)session) < 0)
		return 0;
	if (t->free != 0)
		t->free = t->at[session].next;
	else
		t->fresh++;
	t->at[session] = (struct cgn_session){
		.mapping = mapping,
		.rem_addr = rem_addr,
		.rem_port = rem_port,
		.state = (uint8_t)state,
		.last_use = now,
	};
	list_add(t, session_list_of(m, state, false), session);
	t->count++;
	return session;
}

void
cgn_sessions_del(struct cgn_sessions *t, struct cgn_mapping *m, uint32_t session)
{
	struct cgn_session *s = &t->at[session];
	struct key key = make_key(s->mapping, s->rem_addr, s->rem_port);

	cgn_wheel_disarm(&t->wheel, session);
	list_del(t, session_list_of(m, (enum cgn_tcp_state)s->state, s->is_unproven), session);
	(void)rte_hash_del_key(t->hash, &key);
	s->next = t->free;
	t->free = session;
	t->count--;
}

static void
move(struct cgn_sessions *t, struct cgn_mapping *m, uint32_t session, enum cgn_tcp_state state,
		bool is_unproven)
{
	struct cgn_session *s = &t->at[session];
	uint32_t *from = session_list_of(m, (enum cgn_tcp_state)s->state, s->is_unproven);
	uint32_t *to = session_list_of(m, state, is_unproven);

	s->state = (uint8_t)state;
	s->is_unproven = is_unproven;
	/* The list of a session says whether the session keeps its mapping alive. */
	if (from == to)
		return;
	list_del(t, from, session);
	list_add(t, to, session);
}

void
cgn_sessions_set_state(struct cgn_sessions *t, struct cgn_mapping *m, uint32_t session,
		enum cgn_tcp_state state)
{
	move(t, m, session, state, t->at[session].is_unproven);
}

void
cgn_sessions_set_unproven(
		struct cgn_sessions *t, struct cgn_mapping *m, uint32_t session, bool is_unproven)
{
	move(t, m, session, (enum cgn_tcp_state)t->at[session].state, is_unproven);
}

static void
session_queue_append(
		struct cgn_sessions *t, struct cgn_queue *q, unsigned int which, uint32_t session)
{
	t->at[session].queue[which] = (struct cgn_queue_link){ .older = q->newest };
	if (q->newest != 0)
		t->at[q->newest].queue[which].newer = session;
	else
		q->oldest = session;
	q->newest = session;
	q->n++;
}

static void
session_queue_remove(
		struct cgn_sessions *t, struct cgn_queue *q, unsigned int which, uint32_t session)
{
	struct cgn_queue_link l = t->at[session].queue[which];

	if (l.older != 0)
		t->at[l.older].queue[which].newer = l.newer;
	else
		q->oldest = l.newer;
	if (l.newer != 0)
		t->at[l.newer].queue[which].older = l.older;
	else
		q->newest = l.older;
	q->n--;
}

void
cgn_sessions_enqueue(struct cgn_sessions *t, struct cgn_queue *of_all, struct cgn_queue *of_sub,
		uint32_t session)
{
	/* Two queues, because the limit of the table and that of a subscriber each evict their oldest
	 * session. */
	session_queue_append(t, of_all, CGN_QUEUE_ALL, session);
	session_queue_append(t, of_sub, CGN_QUEUE_SUB, session);
}

void
cgn_sessions_dequeue(struct cgn_sessions *t, struct cgn_queue *of_all, struct cgn_queue *of_sub,
		uint32_t session)
{
	session_queue_remove(t, of_all, CGN_QUEUE_ALL, session);
	if (of_sub != NULL)
		session_queue_remove(t, of_sub, CGN_QUEUE_SUB, session);
}
