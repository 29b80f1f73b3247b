"""Runs the cells of a notebook where there is no IPython.

Commands come as lines of JSON on standard input. What cells print goes to standard output and
standard error as it is; answers are lines of JSON on standard output, each after the mark that the
first argument is. Before the answer that ends a cell, the mark alone ends standard error.
"""
import ast
import builtins
import getpass
import json
import linecache
import os
import signal
import sys
import traceback
import types

MARK = sys.argv.pop(1)
# What a cell reads, or starts, must not read our commands.
COMMANDS = os.fdopen(os.dup(0), encoding="utf-8", errors="surrogatepass")
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

space = {"__name__": "__main__", "__builtins__": builtins}
count = 0
is_running = False


def tell(**answer):
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            stream.flush()
        except Exception:
            pass  # a cell may have put anything there
    if "done" in answer:
        os.write(2, (MARK + "\n").encode())
    line = MARK + json.dumps(answer) + "\n"
    data = line.encode()
    while data:
        data = data[os.write(1, data):]


def ask(prompt, password):
    tell(ask={"prompt": str(prompt), "password": password})
    answer = json.loads(COMMANDS.readline())
    if "refused" in answer:
        raise EOFError(answer["refused"])
    return answer["answer"]


def run(code):
    """The value of the last expression, or None."""
    global count
    count += 1
    name = "<cell %d>" % count
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    tree = ast.parse(code, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), space)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), name, "eval"), space)


def describe(error):
    """The exception without the frames that are ours: those above the cell's, and of input()."""
    kept = None
    frames = []
    frame = error.__traceback__
    while frame:
        is_cell = frame.tb_frame.f_code.co_filename.startswith("<cell ")
        if is_cell or (frames and frame.tb_frame.f_globals is not globals()):
            frames.append(frame)
        frame = frame.tb_next
    for frame in reversed(frames):
        kept = types.TracebackType(kept, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    text = "".join(traceback.format_exception(type(error), error, kept))
    return {
        "ename": type(error).__name__,
        "evalue": str(error),
        "traceback": text.rstrip("\n").split("\n"),
    }


def where():
    try:
        return os.getcwd()
    except OSError:
        return None


def serve(code):
    global is_running
    answer = {}
    try:
        is_running = True
        value = run(code)
        is_running = False
        if value is not None:
            space["_"] = value
            answer["result"] = repr(value)
    except SystemExit:
        answer["exits"] = True
    except BaseException as error:
        is_running = False
        answer["error"] = describe(error)
    is_running = False
    answer["path"] = where()
    tell(done=answer)


def interrupt(_number, _frame):
    if is_running:  # one that comes between cells is none of theirs
        raise KeyboardInterrupt


signal.signal(signal.SIGINT, interrupt)
builtins.input = lambda prompt="": ask(prompt, False)
getpass.getpass = lambda prompt="Password: ", stream=None: ask(prompt, True)
tell(ready=True)
for line in COMMANDS:
    serve(json.loads(line)["run"])
