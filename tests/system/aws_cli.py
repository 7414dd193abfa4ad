# SPDX-License-Identifier: MIT
"""Runs commands of the AWS CLI, each in a process of its own that begins with the CLI's modules loaded: to load them takes
most of a command's time. A request is a line of JSON: "args", "env", and "output", the beginning of two files' names. The
answer is "output" and the exit status, as they end."""

import json
import os
import runpy
import sys
import traceback

import awscli.clidriver

PROGRAM = "/usr/bin/aws"


def exit_status():
    """Runs the program as Python would."""
    try:
        runpy.run_path(PROGRAM, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def run(request, answers):
    os.environ.update(request["env"])
    for stream, name in ((0, os.devnull), (1, request["output"] + ".stdout"), (2, request["output"] + ".stderr")):
        opened = os.open(name, os.O_RDONLY if stream == 0 else os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, stream)
        os.close(opened)
    sys.argv = [PROGRAM, *request["args"]]
    status = exit_status()
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(answers, f"{request['output']} {status}\n".encode())


awscli.clidriver.create_clidriver()  # loads what it loads late
answers = os.dup(1)
children = 0
for line in sys.stdin:
    if os.fork() == 0:
        try:
            run(json.loads(line), answers)
        finally:
            os._exit(0)
    children += 1
for _ in range(children):
    os.wait()
