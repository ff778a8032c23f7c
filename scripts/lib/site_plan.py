# SPDX-License-Identifier: BSD-3-Clause
"""The addresses of a user's configuration: those of subscribers, of pools, and of cgnd itself."""

import ipaddress

import yaml


class SettingError(ValueError):
    """The capture and the configuration do not fit."""


def get(node, key, default=None):
    """The value of a key of a YAML mapping, as a node."""
    for name, value in node.value:
        if name.value == key:
            return value
    if default is None:
        raise SettingError(f"the configuration has no {key}")
    return yaml.compose(default)


def put(node, key, text):
    """Give a key of a YAML mapping another value."""
    node.value = [(n, v) for n, v in node.value if n.value != key]
    node.value.append((yaml.compose(key), yaml.compose(text)))


def networks(text):
    """The IPv4 networks of an address, a prefix or a range; none for IPv6."""
    if ":" in text:
        return []
    if "-" in text:
        return list(ipaddress.summarize_address_range(*map(ipaddress.ip_address, text.split("-"))))
    return [ipaddress.ip_network(text, strict=False)]


def listed(nodes, key):
    """The networks of the lists with this key."""
    return [n for node in nodes for item in get(node, key, "[]").value for n in networks(item.value)]


class Site:
    """What a configuration (None: no such file) says. Without one, every address can be a subscriber's.

    subscribers  networks of the groups
    pools        networks of the pools
    own          cgnd's addresses
    links        networks of the ports
    mtu          the smallest of the ports; None without a configuration
    """

    def __init__(self, path=None):
        self.document, self.mtu = None, None
        self.subscribers, self.pools, self.links, self.own = [], [], [], set()
        if path:
            with open(path) as file:
                self.document = yaml.compose(file)
            self.read()

    def read(self):
        self.subscribers = listed(get(self.document, "groups", "[]").value, "prefixes")
        self.pools = listed(get(self.document, "pools", "[]").value, "addresses")
        ports = get(self.document, "ports").value
        self.links = listed(ports, "addresses")
        texts = [a.value for port in ports for a in get(port, "addresses", "[]").value]
        self.own = {ipaddress.ip_interface(text).ip for text in texts if ":" not in text}
        self.mtu = min(int(get(port, "mtu", "1500").value) for port in ports)
