/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HTTP_SERVER_H
#define CGN_HTTP_SERVER_H

/**
 * @file
 * An HTTP server that gives one text to whoever asks for /metrics. It uses libmicrohttpd.
 *
 * The server has a thread of its own. So a slow client delays neither the control thread nor the workers, and the work
 * of HTTP does not either. Clients can take only a limited part of the machine: the number of connections, their memory
 * and their idle time have limits, and a text that is younger than a second is given to all who ask.
 *
 * Threads: the control thread, except make().
 */

#include "shared/conf.h"

struct cgn_http_server;

/** What the server gives out, and where. */
struct cgn_http_server_cfg {
	struct cgn_conf_listen listen;
	const char *content_type;
	/**
	 * Make the text. Called on the thread of the server.
	 * @param[out] text  the server frees it
	 * @return 0; -errno: the client gets the status 503
	 */
	int (*make)(void *ctx, char **text, size_t *len);
	void *ctx;
};

/**
 * Open the socket and start the server.
 *
 * @param cfg  copied; content_type and ctx must outlive the server
 * @return 0; -errno of the socket, such as -EADDRINUSE; -ENOMEM
 */
int cgn_http_server_start(struct cgn_http_server **out, const struct cgn_http_server_cfg *cfg);

/** Close all connections and end the thread. make() must be able to return. NULL is allowed. */
void cgn_http_server_stop(struct cgn_http_server *s);

#endif /* CGN_HTTP_SERVER_H */
