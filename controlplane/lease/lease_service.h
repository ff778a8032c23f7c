/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_SERVICE_H
#define CGN_LEASE_SERVICE_H

/**
 * @file
 * The lease service: what every protocol that makes leases needs and no protocol should do itself.
 *
 * A protocol (NAT-PMP; PCP can be another one) reads and writes its messages and has its own rules. For a
 * datagram it calls, in this order:
 *
 *   cgn_lease_service_identify()  who asks
 *   cgn_lease_service_may_ask()   not more often than allowed
 *   cgn_lease_service_ask()       the request; the result comes by the protocol's answer()
 *
 * The service drops a request that is already under way, limits how many are under way, and holds the
 * number of the asker's home. A worker has to grant a mapping and the store has to commit it before the
 * result is success. A result says -errno and not a code of any protocol.
 *
 * What is checked of a mapping, in this order: the group may have leases, the port, the worker's own checks
 * (dataplane/nat/lease.h). The lifetime is cut to natpmp.lifetime_max_s.
 *
 * Units:   milliseconds of the loop's clock; seconds in leases and epochs; ports in host order.
 * Threads: the control thread. No I/O but through struct cgn_lease_service_cfg.
 */

#include "controlplane/lease/asker.h"
#include "controlplane/lease/lease_backend.h"
#include "controlplane/loop/timerq.h"

struct cgn_lease_service;

#define CGN_LEASE_SERVICE_OPEN_MAX 1024 /* requests under way */
#define CGN_LEASE_SERVICE_TOKEN    16   /* octets */

/** What is asked for. */
enum cgn_lease_op {
	CGN_LEASE_ADDRESS,   /* the external address */
	CGN_LEASE_MAP,       /* make a mapping or renew it */
	CGN_LEASE_UNMAP,     /* delete a mapping */
	CGN_LEASE_UNMAP_ALL, /* delete all mappings of the client's protocol */
};

/** A request. */
struct cgn_lease_ask {
	enum cgn_lease_op op;
	uint8_t proto; /* enum cgn_proto; not of CGN_LEASE_ADDRESS */
	uint16_t in_port;
	uint16_t ext_port; /* suggested; 0: any */
	uint32_t lifetime_s;
	/** The protocol's own: requests of different tokens are different ones. Given back with the result. */
	uint8_t token[CGN_LEASE_SERVICE_TOKEN];
};

/** What became of a request. */
struct cgn_lease_result {
	const struct cgn_lease_ask *ask;
	const struct cgn_asker *asker;
	const struct cgn_return_addr *to;
	/**
	 * 0, or why not:
	 * -EACCES         the group may have no leases, or the worker refuses
	 * -EINVAL         port 0 cannot be mapped
	 * -EPERM          the mapping is the operator's, or some of all are and stay
	 * -EADDRNOTAVAIL  there is no external address
	 * -EDQUOT         the subscriber has as much as it may have
	 * -ENOSPC         the box or the pool is full
	 * others          nobody knows: no answer, so that the client asks again
	 */
	int ret;
	uint16_t upstream_code; /* of the NAT in front if that one refused, see struct cgn_lessor_answer */
	bool is_policy;         /* refused here; no worker was asked */
	bool is_late;           /* later than the protocol's late_ms: do not send it */
	struct cgn_ep4 ext;  /* of a mapping or an address, network order */
	uint32_t lifetime_s; /* granted */
	uint32_t epoch_s;
};

/** A protocol. It outlives its requests. */
struct cgn_lease_protocol {
	/** Called once for each request that was taken. What @p r points to is gone when it returns. */
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
	/** A mapping was refused that no worker has refused, so none has counted it; NULL: nobody counts. */
	void (*refused)(void *ctx, const struct cgn_asker *asker, uint64_t now_ms);
	void *ctx;
	uint32_t seed; /* of hashes: random */
};

/** Create it. @return 0 or -ENOMEM */
int
cgn_lease_service_create(struct cgn_lease_service **out, const struct cgn_lease_service_cfg *cfg);

/** Release it; the lessor has no call of it under way. NULL is allowed. */
void cgn_lease_service_destroy(struct cgn_lease_service *s);

/** Use another snapshot, with the same prefixes of the groups. */
void cgn_lease_service_set_conf(struct cgn_lease_service *s, const struct cgn_conf *conf);

/** Find out who sent a datagram, as cgn_askers_find(). */
int cgn_lease_service_identify(const struct cgn_lease_service *s,
		const struct cgn_return_addr *from, struct cgn_asker *out);

/** Count a request of a subscriber. @return false: it asks more often than natpmp.requests_per_s */
bool cgn_lease_service_may_ask(
		struct cgn_lease_service *s, const struct cgn_asker *asker, uint64_t now_ms);

/**
 * Carry out a request.
 *
 * @param to  where the answer goes; part of what makes a request the same as another one
 * @return 0: answer() is called once, perhaps before this returns; -EALREADY: the same request is under way;
 *         -ENOBUFS: too many are under way, or there is no number for the home
 */
int cgn_lease_service_ask(struct cgn_lease_service *s, const struct cgn_lease_protocol *protocol,
		const struct cgn_asker *asker, const struct cgn_return_addr *to,
		const struct cgn_lease_ask *ask, uint64_t now_ms);

/** Seconds since the asker's epoch began. */
uint32_t cgn_lease_service_epoch_s(
		const struct cgn_lease_service *s, const struct cgn_asker *asker, uint64_t now_ms);

/** Requests under way. */
unsigned int cgn_lease_service_open(const struct cgn_lease_service *s);

#endif /* CGN_LEASE_SERVICE_H */
