"""comm_*: no widget lives on a board, and those who try are told."""


def one_way(kernel, kind, content):
    """Sends a message that has no reply, and waits for its idle status."""
    sent = kernel.send(kind, content)
    kernel.wait_for(lambda: sent.is_idle, sent)
    assert (sent.types[0], sent.types[-1], sent.replies) == ("busy", "idle", []), sent
    return sent


def check_info(kernel):
    """comm_info_request is answered, with and without a target."""
    for content in ({}, {"target_name": "jupyter.widget"}, {"target_name": None}):
        assert kernel.request("comm_info_request", content).reply == {"status": "ok", "comms": {}}


def check_open(kernel):
    """A comm for a target that nobody knows is closed at once."""
    content = {"comm_id": "abc", "target_name": "jupyter.widget", "data": {"state": 1}}
    sent = one_way(kernel, "comm_open", content)
    assert [closed["comm_id"] for closed in sent.all("comm_close")] == ["abc"], sent


def check_others(kernel):
    """Messages for a comm that is not open are ignored."""
    for kind in ("comm_msg", "comm_close"):
        assert one_way(kernel, kind, {"comm_id": "abc", "data": {}}).outputs == []
    kernel.alive()


def check_malformed(kernel):
    """Nonsense closes nothing and breaks nothing."""
    for kind in ("comm_msg", "comm_close"):
        for content in ({}, {"comm_id": 5}, {"comm_id": None, "data": []}):
            one_way(kernel, kind, content)
    kernel.alive()
