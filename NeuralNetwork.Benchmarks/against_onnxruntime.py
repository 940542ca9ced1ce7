"""The time of a prediction for one row of 784 features: ours and ONNX Runtime's, on the same model, in turn.

    nn train mnist --hidden 128 --epochs 1 --out runs/digits
    nn model export runs/digits --out runs/digits.onnx
    python3 NeuralNetwork.Benchmarks/against_onnxruntime.py \
        --model runs/digits/model.safetensors --onnx runs/digits.onnx --library PATH/libonnxruntime.so.1 [--rounds 5]

ONNX Runtime is called by its C interface, with the input and the output in place before the clock starts, once with one thread
and once with as many as it likes; the faster of the two counts. What Python takes to call a C function with as many arguments
that does nothing is measured beside it and subtracted. The preprocessing is part of the model on both sides.
The library is in the folder bin/ of the npm package onnxruntime-node, or in the archives of its releases.
"""

import argparse
import ctypes
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "NeuralNetwork.Benchmarks/bin/Release/net10.0/NeuralNetwork.Benchmarks.dll"
CALLS = 50_000
FEATURES, CLASSES, FLOAT = 784, 10, 1

# Places in the table of functions, which ONNX Runtime never reorders, and the version of the table that has them all.
VERSION = 11
ERROR_MESSAGE, CREATE_ENV, CREATE_SESSION, RUN, CREATE_OPTIONS, SET_THREADS, CREATE_TENSOR, CREATE_MEMORY = (
    2, 3, 7, 9, 10, 24, 49, 69,
)


class ApiBase(ctypes.Structure):
    _fields_ = [("get_api", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint32)), ("version", ctypes.CFUNCTYPE(ctypes.c_char_p))]


class Runtime:
    """The few functions of ONNX Runtime that a prediction needs."""

    def __init__(self, library):
        loaded = ctypes.CDLL(library)
        loaded.OrtGetApiBase.restype = ctypes.POINTER(ApiBase)
        base = loaded.OrtGetApiBase().contents
        self.name = base.version().decode()
        self.table = ctypes.cast(base.get_api(VERSION), ctypes.POINTER(ctypes.c_void_p))

    def function(self, place, *types):
        return ctypes.CFUNCTYPE(ctypes.c_void_p, *types)(self.table[place])

    def make(self, place, types, *arguments):
        made = ctypes.c_void_p()
        status = self.function(place, *types, ctypes.c_void_p)(*arguments, ctypes.byref(made))
        self.check(status)
        return made

    def check(self, status):
        if status:
            words = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)(self.table[ERROR_MESSAGE])
            raise RuntimeError(words(status).decode())

    def tensor(self, numbers, width):
        memory = self.make(CREATE_MEMORY, [ctypes.c_int, ctypes.c_int], 0, 0)
        shape = (ctypes.c_int64 * 2)(1, width)
        types = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        return self.make(CREATE_TENSOR, types, memory, numbers, ctypes.sizeof(numbers), shape, 2, FLOAT)

    def session(self, model, threads):
        environment = self.make(CREATE_ENV, [ctypes.c_int, ctypes.c_char_p], 3, b"benchmark")
        options = self.make(CREATE_OPTIONS, [])
        if threads:
            self.check(self.function(SET_THREADS, ctypes.c_void_p, ctypes.c_int)(options, threads))
        types = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return self.make(CREATE_SESSION, types, environment, str(model).encode(), options)


def theirs(library, model, threads):
    """Prints the median of the microseconds of a call."""
    runtime = Runtime(library)
    session = runtime.session(model, threads)
    row = (ctypes.c_float * FEATURES)(*[place * 31 % 256 if place % 5 == 0 else 0 for place in range(FEATURES)])
    answer = (ctypes.c_float * CLASSES)()
    given, wanted = ctypes.c_void_p(runtime.tensor(row, FEATURES).value), ctypes.c_void_p(runtime.tensor(answer, CLASSES).value)
    pointer = ctypes.c_void_p
    types = [pointer, pointer, pointer, pointer, ctypes.c_size_t, pointer, ctypes.c_size_t, pointer]
    run = runtime.function(RUN, *types)
    nothing = ctypes.CFUNCTYPE(pointer, *types)(ctypes.cast(ctypes.CDLL(None).abs, pointer).value)
    names, outputs = (ctypes.c_char_p * 1)(b"input"), (ctypes.c_char_p * 1)(b"probabilities")
    arguments = (
        session, None, ctypes.cast(names, pointer), ctypes.cast(ctypes.byref(given), pointer), 1,
        ctypes.cast(outputs, pointer), 1, ctypes.cast(ctypes.byref(wanted), pointer),
    )
    runtime.check(run(*arguments))
    if abs(sum(answer) - 1) > 1e-4:
        raise RuntimeError(f"the probabilities sum to {sum(answer)}")
    print(f"{microseconds(run, arguments) - microseconds(nothing, arguments):.3f}")


def microseconds(function, arguments):
    times, clock = [], time.perf_counter_ns
    for _ in range(CALLS):
        began = clock()
        function(*arguments)
        times.append(clock() - began)
    return statistics.median(times) / 1000


def timed(*command):
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="model.safetensors")
    parser.add_argument("--onnx", required=True, help="the same model as ONNX")
    parser.add_argument("--library", required=True, help="libonnxruntime.so.1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=None, help=argparse.SUPPRESS)
    order = parser.parse_args()
    if order.threads is not None:
        theirs(order.library, order.onnx, order.threads)
        return
    again = [sys.executable, __file__, "--model", order.model, "--onnx", order.onnx, "--library", order.library, "--threads"]
    print(f"ONNX Runtime {Runtime(order.library).name}; microseconds a row, medians of {CALLS} calls")
    print("round   ours   ONNX Runtime, one thread   default threads   ours : the faster")
    ratios = []
    for number in range(1, order.rounds + 1):
        ours = timed("dotnet", PROGRAM, order.model)
        single, default = timed(*again, "1"), timed(*again, "0")
        ratios.append(ours / min(single, default))
        print(f"{number:5} {ours:6.2f} {single:26.2f} {default:17.2f} {ratios[-1]:18.2f}")
    print(f"median of the ratios: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
