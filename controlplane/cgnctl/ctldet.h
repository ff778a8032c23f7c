/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLDET_H
#define CGN_CTLDET_H

/**
 * @file
 * The commands `cgnctl deterministic`: who has which ports in deterministic groups (shared/det.h). They read a
 * configuration file and need no cgnd.
 *
 * Source:  RFC 7422 section 2 (both mapping functions for administrators).
 * Errors:  0, or after the reason was printed on stderr: -EINVAL: the arguments or the file are wrong; -ENOENT: there is
 *          no subscriber; -ENOMEM.
 */

#include "controlplane/cgnctl/ctlargs.h"
#include "controlplane/cgnctl/ctlsock.h"
#include "shared/det.h"
#include "shared/group.h"

#include <stdio.h>

/** A configuration file and its deterministic groups. */
struct cgn_ctldet {
	const char *path;
	struct cgn_conf *conf;
	struct cgn_group_map groups;
	struct cgn_det_set dets;
};

/** A subscriber of a deterministic group. */
struct cgn_ctldet_owner {
	const char *group; /* lives as long as the configuration */
	struct cgn_prefix inside;
	rte_be32_t ext;
	uint16_t first; /* its ports, both ends included */
	uint16_t last;
};

/** Load a file as cgnd does. It may have no deterministic group. */
int cgn_ctldet_open(struct cgn_ctldet *d, const char *path);

/** Release it. All zero is allowed. */
void cgn_ctldet_close(struct cgn_ctldet *d);

/** Tell what an outside endpoint is. @param[out] owner  set only with CGN_DET_OWN */
enum cgn_det_kind cgn_ctldet_find(const struct cgn_ctldet *d, rte_be32_t addr, uint16_t port,
		struct cgn_ctldet_owner *owner);

/**
 * Find the subscriber with an inside address.
 *
 * @param[out] group  of the address; CGN_GROUP_NONE: none
 * @return false: it has no range
 */
bool cgn_ctldet_find_inside(const struct cgn_ctldet *d, const struct cgn_ip *ip, uint32_t *group,
		struct cgn_ctldet_owner *owner);

/** The range of the subscriber with an inside address, IPv4 or IPv6. */
int cgn_ctldet_forward(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/** The subscriber of an outside endpoint: ADDRESS:PORT, with or without /PROTO behind it. */
int cgn_ctldet_reverse(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/** All subscribers with their ranges, one a line. */
int cgn_ctldet_export(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLDET_H */
