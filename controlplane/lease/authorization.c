/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Applies groups[].natpmp_auth and groups[].ipsec_mark to a request.
 */
#include "controlplane/lease/authorization.h"

bool
cgn_authorization_allows(const struct cgn_conf_group *group, const struct cgn_return_addr *from)
{
	switch (group->natpmp_auth) {
	case CGN_NATPMP_AUTH_NONE:
		return true;
	case CGN_NATPMP_AUTH_IPSEC:
		return from->is_protected &&
				(from->mark & group->ipsec_mark.mask) == group->ipsec_mark.value;
	}
	return false;
}
