/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONTROL_CHANGE_H
#define CGN_CONTROL_CHANGE_H

/**
 * @file
 * The modules of the control thread in a change of the configuration: the server for port mapping, the export, the
 * links, and those that only read another configuration.
 *
 * Threads: the control thread.
 */

struct cgn_control;

/** Let all modules follow changes. They were created. */
void cgn_control_change_join(struct cgn_control *c);

/** Tell the modules where their records go: another run of the export may have begun. */
void cgn_control_change_use_doors(struct cgn_control *c);

#endif /* CGN_CONTROL_CHANGE_H */
