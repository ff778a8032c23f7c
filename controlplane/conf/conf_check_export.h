/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECK_EXPORT_H
#define CGN_CONF_CHECK_EXPORT_H

/**
 * @file
 * Rules of the export of records.
 */

#include "controlplane/conf/conf_checker.h"

/** Check the section export. */
void cgn_conf_check_export(struct cgn_conf_checker *c);

#endif /* CGN_CONF_CHECK_EXPORT_H */
