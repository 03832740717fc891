"""Follows an event stream with a client library and prints each event as a line of JSON.

Usage: follow.py LIBRARY URL, where LIBRARY is httpx-sse, requests-sse or sseclient-py.
"""

import json
import sys
import time


def show(kind, data, last_id):
    print(json.dumps({"type": kind, "data": data, "id": last_id}), flush=True)


def httpx_sse(url):
    """Reconnects as its documentation says: with the last ID, after the delay that the server asked for."""
    import httpx
    from httpx_sse import connect_sse

    last_id, delay = "", 1.0
    with httpx.Client(timeout=None, trust_env=False) as client:
        while True:
            headers = {"Last-Event-ID": last_id} if last_id else {}
            try:
                with connect_sse(client, "GET", url, headers=headers) as source:
                    for event in source.iter_sse():
                        last_id = event.id
                        if event.retry is not None:
                            delay = event.retry / 1000
                        if event.data or event.event != "message":
                            show(event.event, event.data, event.id)
            except httpx.TransportError as error:
                print(error, file=sys.stderr)
            time.sleep(delay)


def requests_sse(url):
    """Reconnects by itself, and sends the last ID."""
    import requests
    from requests_sse import EventSource

    session = requests.Session()
    session.trust_env = False
    with EventSource(url, session=session) as source:
        for event in source:
            show(event.type, event.data, event.last_event_id)


def sseclient_py(url):
    """Does not reconnect: it reads one answer."""
    import requests
    import sseclient

    session = requests.Session()
    session.trust_env = False
    answer = session.get(url, stream=True, headers={"Accept": "text/event-stream"})
    answer.raise_for_status()
    for event in sseclient.SSEClient(answer).events():
        show(event.event, event.data, event.id)


library, address = sys.argv[1:]
{"httpx-sse": httpx_sse, "requests-sse": requests_sse, "sseclient-py": sseclient_py}[library](address)
