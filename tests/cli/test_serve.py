from __future__ import annotations

import socket


def test_before_anything_is_scored_it_says_what_to_run(run, shop):
    told = run("serve", folder=shop)
    assert (told.code, told.out) == (1, "")
    assert told.err.rstrip().endswith("run: regulars score")


def test_the_port_on_the_command_line_wins_and_a_taken_one_is_named(run, scored):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        told = run("serve", "--port", port, folder=scored)
    assert told.code == 1
    assert f"port {port} of 127.0.0.1 cannot be used" in told.err
