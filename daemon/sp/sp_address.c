#include "sp/sp_address.h"

#include "base/error.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static int refuse(const char **reason, const char *why)
{
    *reason = why;
    return ERROR_ADDRESS;
}

static int parse_port(const char *text, in_port_t *out, const char **reason)
{
    unsigned port = 0;
    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '9' || port > UINT16_MAX)
            return refuse(reason, "the port is not a number from 0 to 65535");
        port = port * 10 + (unsigned)(*at - '0');
    }
    if (!*text || port > UINT16_MAX)
        return refuse(reason, "the port is not a number from 0 to 65535");
    *out = htons((in_port_t)port);
    return 0;
}

static void set_in6(struct sp_address *out, struct in6_addr host, in_port_t port)
{
    out->in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port, .sin6_addr = host};
    out->length = sizeof out->in6;
}

static void set_in(struct sp_address *out, struct in_addr host, in_port_t port)
{
    out->in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port, .sin_addr = host};
    out->length = sizeof out->in;
}

static int parse_host(const char *host, in_port_t port, struct sp_address *out, const char **reason)
{
    struct in6_addr in6 = in6addr_any;
    struct in_addr in;
    size_t length = strlen(host);
    char inner[INET6_ADDRSTRLEN] = "";
    out->every = !strcmp(host, "*");
    if (length > 2 && length < sizeof inner && host[0] == '[' && host[length - 1] == ']')
        memcpy(inner, host + 1, length - 2);
    if (out->every || (*inner && inet_pton(AF_INET6, inner, &in6) == 1))
        set_in6(out, in6, port);
    else if (inet_pton(AF_INET, host, &in) == 1)
        set_in(out, in, port);
    else
        return refuse(reason, "the host is neither an IPv4 address, nor an IPv6 address in [ ], nor *");
    return 0;
}

static int parse_tcp(const char *rest, struct sp_address *out, const char **reason)
{
    char host[SP_ADDRESS_TEXT];
    const char *colon = strrchr(rest, ':');
    if (!colon || (size_t)(colon - rest) >= sizeof host)
        return refuse(reason, "a tcp address is tcp://HOST:PORT");
    memcpy(host, rest, (size_t)(colon - rest));
    host[colon - rest] = 0;
    in_port_t port;
    int rc = parse_port(colon + 1, &port, reason);
    return rc ? rc : parse_host(host, port, out, reason);
}

static int parse_ipc(const char *path, struct sp_address *out, const char **reason)
{
    size_t length = strlen(path);
    if (!length)
        return refuse(reason, "an ipc address is ipc://PATH");
    if (length >= sizeof out->un.sun_path)
        return refuse(reason, "the path has more than 107 bytes");
    out->un = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out->un.sun_path, path, length);
    out->length = sizeof out->un;
    return 0;
}

int sp_address_parse(const char *url, struct sp_address *out, const char **reason)
{
    *out = (struct sp_address){0};
    if (text_starts(url, "tcp://")) {
        out->transport = SP_TCP;
        return parse_tcp(url + 6, out, reason);
    }
    if (text_starts(url, "ipc://")) {
        out->transport = SP_IPC;
        return parse_ipc(url + 6, out, reason);
    }
    return refuse(reason, "an address begins with tcp:// or ipc://");
}

static void format_in6(const struct sp_address *address, char text[SP_ADDRESS_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "";
    const struct in6_addr *in6 = &address->in6.sin6_addr;
    unsigned port = ntohs(address->in6.sin6_port);
    bool mapped = IN6_IS_ADDR_V4MAPPED(in6);
    if (mapped)
        inet_ntop(AF_INET, in6->s6_addr + 12, host, sizeof host);
    else
        inet_ntop(AF_INET6, in6, host, sizeof host);
    if (address->every)
        snprintf(text, SP_ADDRESS_TEXT, "tcp://*:%u", port);
    else
        snprintf(text, SP_ADDRESS_TEXT, mapped ? "tcp://%s:%u" : "tcp://[%s]:%u", host, port);
}

void sp_address_format(const struct sp_address *address, char text[SP_ADDRESS_TEXT])
{
    char host[INET_ADDRSTRLEN] = "";
    switch (address->any.sa_family) {
    case AF_INET6:
        format_in6(address, text);
        break;
    case AF_INET:
        inet_ntop(AF_INET, &address->in.sin_addr, host, sizeof host);
        snprintf(text, SP_ADDRESS_TEXT, "tcp://%s:%u", host, (unsigned)ntohs(address->in.sin_port));
        break;
    default:
        snprintf(text, SP_ADDRESS_TEXT, "ipc://%.107s", address->un.sun_path);
    }
}
