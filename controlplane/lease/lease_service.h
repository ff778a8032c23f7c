/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_SERVICE_H
#define CGN_LEASE_SERVICE_H

/**
 * @file
 * The lease service does the work that is the same for every protocol that makes leases.
 *
 * A protocol reads and writes its messages, and has its own rules. NAT-PMP is one; PCP can be another one. For each
 * datagram, the protocol calls these functions in this order:
 *
 *   cgn_lease_service_identify()  finds out who asks
 *   cgn_lease_service_may_ask()   checks that the subscriber does not ask too often
 *   cgn_lease_service_ask()       carries out the request; the protocol gets the result by its answer()
 *
 * The service drops a request if the same request is already under way, or one of another owner for the same mapping.
 * It also drops a request for a mapping if it or one that is under way for this mapping has an extra: which of them came
 * last would not be known. The deletion of all mappings of a client and a request for one of them do not run at the
 * same time either: the second one is dropped.
 * It limits the number of requests under way. It
 * holds the realm of the client's home while a request is under way. A mapping succeeds only after a worker has granted
 * it and the store has committed it. Results are -errno; the protocol turns them into its own codes.
 *
 * A relay passes parts of requests on that the protocol does not know (lease_pass.h). The group of the client decides
 * about a whole message (CGN_LEASE_PASS) as about a mapping: it must be allowed to have leases.
 *
 * A request for a mapping is checked in this order: may the group have leases, is the port valid, may the sender change
 * the lease, and then the checks of the worker (dataplane/nat/lease.h).
 *
 * Units:   milliseconds of the loop's clock; seconds in leases and epochs; ports in host order.
 * Threads: the control thread. All I/O goes through struct cgn_lease_service_cfg.
 */

#include "controlplane/lease/asker.h"
#include "controlplane/lease/lease_backend.h"
#include "controlplane/loop/timerq.h"
#include "shared/refusal.h"

struct cgn_lease_service;

#define CGN_LEASE_SERVICE_OPEN_MAX 1024 /* requests under way */
#define CGN_LEASE_SERVICE_TOKEN    16   /* octets */

/** What a request asks for. */
enum cgn_lease_op {
	CGN_LEASE_ADDRESS, /* the external address */
	CGN_LEASE_MAP,     /* make a mapping or renew it */
	CGN_LEASE_PEER,  /* keep a mapping and a connection, or make them (RFC 6887 section 12.3) */
	CGN_LEASE_UNMAP, /* delete a mapping */
	CGN_LEASE_UNMAP_ALL, /* delete all mappings of the client's protocol */
	CGN_LEASE_PASS,      /* pass a message on to the NAT in front */
};

/** A request. */
struct cgn_lease_ask {
	enum cgn_lease_op op;
	uint8_t proto; /* enum cgn_proto; not used by CGN_LEASE_ADDRESS */
	uint16_t in_port;
	uint16_t ext_port;   /* suggested; 0: any */
	rte_be32_t ext_addr; /* suggested; 0: any. For the NAT in front, or with must_have_ext */
	bool must_have_ext; /* only the suggested external address and port will do; PEER: of a new mapping */
	uint16_t set_size; /* MAP, UNMAP: inside ports in a row, from in_port on; 0 and 1: one port */
	bool set_parity;   /* the first external port is odd if in_port is */
	rte_be32_t rem_addr; /* PEER: the remote endpoint */
	uint16_t rem_port;   /* PEER */
	uint32_t lifetime_s; /* the protocol has applied its limits. PEER, 0: only tell what there is */
	struct cgn_lease_owner by; /* who asks: the protocol, and the nonce of the client */
	/** CGN_LEASE_MAP: what the lease has from now on; NULL: what it has now. The service becomes a user of it. */
	struct cgn_lease_extra *extra;
	/** Set by the protocol. Requests with different tokens are different requests. The result has it, too. */
	uint8_t token[CGN_LEASE_SERVICE_TOKEN];
	/** PASS: the message. MAP, UNMAP: what the NAT in front gets, too; NULL: nothing. The protocol owns it, see there. */
	struct cgn_lease_pass *pass;
	void *cookie; /* of the protocol; the result has it, too. It does not make two requests different */
};

/** The result of a request. */
struct cgn_lease_result {
	const struct cgn_lease_ask *ask;
	const struct cgn_asker *asker;
	const struct cgn_return_addr *to;
	/**
	 * 0, or why not:
	 * -EACCES         the group may have no leases, or the worker refuses
	 * -EINVAL         port 0 cannot be mapped
	 * -EPERM          the mapping is a static one of the operator. CGN_LEASE_UNMAP_ALL: one of the mappings is, or
	 *                 belongs to another owner
	 * -EADDRINUSE     CGN_LEASE_UNMAP of PCP: traffic alone has made the mapping
	 * -EKEYREJECTED   the lease belongs to another owner (lease_owner.h)
	 * -EBUSY          only the suggested external address and port will do, and they cannot be had
	 * -EADDRNOTAVAIL  there is no external address
	 * -EDQUOT         the subscriber is at its limit
	 * -ENOSPC         cgnd or the pool is full
	 * others          the result is not known; the client gets no answer and asks again
	 */
	int ret;
	uint16_t upstream_code; /* result code of the NAT in front if it refused, see struct cgn_lessor_answer */
	enum cgn_lease_by upstream_by; /* whose result code it is */
	uint16_t set_size;             /* of a set: external ports in a row, from ext on */
	bool is_static; /* the mapping is a static one of the operator, which does not end */
	bool is_policy; /* the service has refused the request; no worker was asked */
	bool is_late;   /* it took longer than late_ms of the protocol: do not send the answer */
	struct cgn_ep4 ext; /* of a mapping or an address, network order */
	/**
	 * Granted. PEER: what the lease has left, 0: there is none. -EKEYREJECTED: what the lease has left. Of a deletion:
	 * what the mapping has left because traffic uses it. Of a refusal by a PCP server in front: its lifetime.
	 */
	uint32_t lifetime_s;
	uint32_t epoch_s;
};

/** A protocol. It outlives its requests. */
struct cgn_lease_protocol {
	/** Called once for each request that was taken. @p r and what it points to are valid during this call only. */
	void (*answer)(void *ctx, const struct cgn_lease_result *r, uint64_t now_ms);
	void *ctx;
	uint32_t late_ms; /* the client sends its request again after this time */
};

/** What the service needs. All of it outlives the service. */
struct cgn_lease_service_cfg {
	const struct cgn_conf *conf;
	struct cgn_lessor *lessor;
	struct cgn_realms *realms;               /* NULL: there are no softwires */
	const struct cgn_lease_backend *backend; /* NULL: the lessor */
	void *backend_ctx;
	struct cgn_timerq *timers;
	/** A request was refused. No worker was asked, so no worker has counted it. May be NULL. */
	void (*refused)(void *ctx, const struct cgn_asker *asker, enum cgn_refusal why,
			uint64_t now_ms);
	void *ctx;
	uint32_t seed; /* random; for the hashes */
};

/** Create the service. @return 0 or -ENOMEM */
int
cgn_lease_service_create(struct cgn_lease_service **out, const struct cgn_lease_service_cfg *cfg);

/** Release the service. None of its calls may be under way in the lessor. NULL is allowed. */
void cgn_lease_service_destroy(struct cgn_lease_service *s);

/**
 * Let another backend make leases from now on. What is under way in the one before ends there.
 *
 * @param backend  NULL: the lessor
 */
void cgn_lease_service_use(struct cgn_lease_service *s, const struct cgn_lease_backend *backend,
		void *backend_ctx);

/** Prepare another configuration: who is a subscriber then. @return 0 or -ENOMEM */
int cgn_lease_service_prepare(struct cgn_lease_service *s, const struct cgn_conf *next);

/** Release what cgn_lease_service_prepare() has made. */
void cgn_lease_service_abandon(struct cgn_lease_service *s);

/** Use the configuration that was prepared. */
void cgn_lease_service_set_conf(struct cgn_lease_service *s, const struct cgn_conf *conf);

/** Find out who sent a datagram, as cgn_askers_find(). */
int cgn_lease_service_identify(const struct cgn_lease_service *s,
		const struct cgn_return_addr *from, struct cgn_asker *out);

/** Find the client that the sender of a datagram asks for, as cgn_askers_find_other(). */
int cgn_lease_service_identify_other(const struct cgn_lease_service *s,
		const struct cgn_asker *asks, const struct cgn_ip *client, struct cgn_asker *out);

/** The realm of a home, as cgn_askers_find_realm(). */
uint32_t cgn_lease_service_realm(const struct cgn_lease_service *s, const struct cgn_ip6 *b4);

/** The group of a native client, or of the home with a B4. @param b4  NULL: the client is native @return CGN_GROUP_NONE: none */
uint32_t cgn_lease_service_group(
		const struct cgn_lease_service *s, rte_be32_t addr, const struct cgn_ip6 *b4);

/** Whether the group of the asker lets the sender of this datagram ask (authorization.h). */
bool cgn_lease_service_is_authorized(const struct cgn_lease_service *s,
		const struct cgn_asker *asker, const struct cgn_return_addr *from);

/** Whether the group of a native client requires IPsec. Announcements to it are protected, too. */
bool cgn_lease_service_needs_ipsec(const struct cgn_lease_service *s, rte_be32_t addr);

/**
 * Count a request of a subscriber. Requests without the authorization that the group requires are counted apart.
 *
 * @return false: it asks more often than natpmp.requests_per_s
 */
bool cgn_lease_service_may_ask(struct cgn_lease_service *s, const struct cgn_asker *asker,
		const struct cgn_return_addr *from, uint64_t now_ms);

/**
 * Tell the worker of a subscriber that a request was refused, for the counts of the subscriber. The service tells of what
 * it refuses itself. A flood of requests must not become a flood of commands: beyond a rate the worker is not told.
 */
void cgn_lease_service_refuse(struct cgn_lease_service *s, const struct cgn_asker *asker,
		enum cgn_refusal why, uint64_t now_ms);

/**
 * Carry out a request.
 *
 * @param to  where the answer goes; requests to another local address or from another port are different requests
 * @return 0: answer() is called once, perhaps before this returns; -EALREADY: the same request is under way, or one that
 *         it has to wait for, see above;
 *         -ENOBUFS: too many requests are under way, or the home cannot get a realm
 */
int cgn_lease_service_ask(struct cgn_lease_service *s, const struct cgn_lease_protocol *protocol,
		const struct cgn_asker *asker, const struct cgn_return_addr *to,
		const struct cgn_lease_ask *ask, uint64_t now_ms);

/** Seconds since the asker's epoch began. */
uint32_t cgn_lease_service_epoch_s(
		const struct cgn_lease_service *s, const struct cgn_asker *asker, uint64_t now_ms);

/** Whether something can be passed on to the NAT in front now (lease_pass.h). */
bool cgn_lease_service_can_pass(const struct cgn_lease_service *s);

/** Whether requests of CGN_LEASE_PEER, and requests for sets, can be carried out. */
bool cgn_lease_service_has_peer(const struct cgn_lease_service *s);

/**
 * The extra of a lease that the sender may change: its description and its filters. Valid until control returns to the
 * loop.
 *
 * @return NULL: there is no such lease, or it has no extra, or belongs to another owner
 */
const struct cgn_lease_extra *
cgn_lease_service_extra(const struct cgn_lease_service *s, const struct cgn_asker *asker,
		const struct cgn_lease_owner *by, uint8_t proto, uint16_t in_port);

/** Requests under way. */
unsigned int cgn_lease_service_open(const struct cgn_lease_service *s);

#endif /* CGN_LEASE_SERVICE_H */
