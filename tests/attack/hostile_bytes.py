"""What is tried at every door, as bytes: requests that are none, and bodies that no door can use."""

from __future__ import annotations

import json

FRAMINGS: dict[str, bytes] = {
    "nothing but an end": b"\r\n\r\n",
    "no version": b"GET /{path}\r\n\r\n",
    "version 0.9": b"GET /{path} HTTP/0.9\r\n\r\n",
    "version 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "version 3": b"GET /{path} HTTP/3.0\r\nHost: {host}\r\n\r\n",
    "a version without a number": b"GET /{path} HTTP/x.y\r\nHost: {host}\r\n\r\n",
    "TLS": bytes.fromhex("16030100a5010000a10303") + b"\x00" * 64,
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "SMTP": b"EHLO canary-7f3a\r\nMAIL FROM:<a@example.com>\r\n\r\n",
    "redis": b"*1\r\n$4\r\nPING\r\n",
    "nul bytes": b"\x00" * 4_096,
    "noise": bytes(range(256)) * 16,
    "a proxy's preface": b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\nGET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "an unknown method": b"CANARY /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a method in small letters": b"get /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a tunnel": b"CONNECT canary-7f3a:443 HTTP/1.1\r\nHost: canary-7f3a:443\r\n\r\n",
    "a URL of another host": b"GET http://canary-7f3a/{path} HTTP/1.1\r\nHost: canary-7f3a\r\n\r\n",
    "a URL of a file": b"GET file:///etc/passwd HTTP/1.1\r\nHost: canary-7f3a\r\n\r\n",
    "a blank in the URL": b"GET /{path} /canary-7f3a HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a tab for a blank": b"GET\t/{path}\tHTTP/1.1\r\nHost: {host}\r\n\r\n",
    "bytes above ASCII": b"GET /\xff\xfe{path} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a nul in the URL": b"GET /{path}\x00 HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "lines without a return": b"GET /{path} HTTP/1.1\nHost: canary-7f3a\n\n",
    "a folded header": b"GET /{path} HTTP/1.1\r\nHost: {host}\r\nX: a\r\n b\r\n\r\n",
    "a header without a colon": b"GET /{path} HTTP/1.1\r\nHost: {host}\r\ncanary-7f3a\r\n\r\n",
    "a blank before the colon": b"GET /{path} HTTP/1.1\r\nHost : {host}\r\n\r\n",
    "a nul in a header": b"GET /{path} HTTP/1.1\r\nHost: {host}\r\nX: a\x00b\r\n\r\n",
    "a return in a header": b"GET /{path} HTTP/1.1\r\nHost: {host}\r\nX: a\rX-Other: canary-7f3a\r\n\r\n",
    "a header without a name": b"GET /{path} HTTP/1.1\r\nHost: {host}\r\n: x\r\n\r\n",
    "two lengths": b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length and chunks": (
        b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "chunks that are not last": (
        b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"
    ),
    "a hidden encoding": b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks twice": (
        b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n"
        b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n"
    ),
    "a negative length": b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n{}",
    "a length with a sign": b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: +2\r\n\r\n{}",
    "a length in hex": b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0x2\r\n\r\n{}",
    "a length past counting": (
        b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999999999999999\r\n\r\n{}"
    ),
    "a length of words": b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: two\r\n\r\n{}",
    "a chunk of no size": (
        b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\ncanary-7f3a\r\n"
    ),
    "a chunk past counting": (
        b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"
    ),
    "a chunk longer than said": (
        b"POST /{path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}{}{}\r\n0\r\n\r\n"
    ),
    "no host": b"GET /{path} HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /{path} HTTP/1.1\r\nHost: {host}\r\nHost: canary-7f3a\r\n\r\n",
    "version 1.0 without a host": b"GET /{path} HTTP/1.0\r\n\r\n",
    "a second request that is none": b"GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\ncanary-7f3a\r\n\r\n",
}

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \r\n\t ",
    "half an object": b'{"name": "canary-7f3a"',
    "words": b"canary-7f3a",
    "a form": b"name=canary-7f3a",
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "null": b"null",
    "a text": b'"canary-7f3a"',
    "a number": b"7",
    "an empty list": b"[]",
    "a list": b'["canary-7f3a"]',
    "a deep list": b"[" * 5_000 + b"]" * 5_000,
    "a deep list without an end": b"[" * 50_000,
    "deep objects": b'{"name":' * 5_000 + b"1" + b"}" * 5_000,
    "not a number": b'{"name": NaN}',
    "infinity": b'{"name": Infinity}',
    "a number past all": b'{"name": 1e999999}',
    "a long number": b'{"name": ' + b"9" * 5_000 + b"}",
    "a byte order mark": b'\xef\xbb\xbf{"unknown": "canary-7f3a"}',
    "UTF-16": '{"unknown": "canary-7f3a"}'.encode("utf-16"),
    "bytes that are no text": b'{"name": "\xff\xfe"}',
    "half a surrogate": b'{"canary": "\\ud800"}',
    "a nul": b'{"name": "\x00"}',
    "a comment": b'{"name": 1 /* canary-7f3a */}',
    "a comma too many": b'{"name": "canary-7f3a",}',
    "single quotes": b"{'name': 'canary-7f3a'}",
    "two values": b'{"nothing": 1}{"nothing": 2}',
    "an unknown field": b'{"unknown": "canary-7f3a"}',
    "a thousand unknown fields": json.dumps({f"unknown{number}": "canary-7f3a" for number in range(1_000)}).encode(),
    "a prototype": b'{"__proto__": {"admin": true}, "constructor": 1}',
    "an operator": b'{"name": {"$gt": ""}}',
    "a name of another type": b'{"name": [{"canary-7f3a": []}]}',
    "a long text": json.dumps({"nothing": "canary-7f3a" + "x" * 60_000}).encode(),
    "a message of no kind": b'{"jsonrpc": "2.0"}',
    "another version": b'{"jsonrpc": "1.0", "id": 1, "method": "canary-7f3a"}',
    "an id that is an object": b'{"jsonrpc": "2.0", "id": {"canary-7f3a": 1}, "method": "ping"}',
    "parameters that are a list": b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": ["canary-7f3a"]}',
    "a batch": b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]',
    "an answer that nobody asked for": b'{"jsonrpc": "2.0", "id": "canary-7f3a"}',
}
