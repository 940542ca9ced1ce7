"""Whether rows of tables given by path have one answer, whoever is asked: nn predict, a row by names in the library, the record of
generated C#, ONNX Runtime.

    python3 build/answers.py NAME=TRAIN.csv,ROWS.csv,TARGET ...

Each NAME has to be one that a class of C# may have. Of each table a small network is trained with missing cells as medians and unseen
categories as zeros, and at most 1000 of the ROWS are asked about. Prints how far the answers are from those of the library, over the
largest number of a row's answer or 1; ends with 1 where that is more than rounding. The tests have to be built (Release).
"""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESTS = os.path.join(ROOT, "NeuralNetwork.Tests", "bin", "Release", "net10.0", "NeuralNetwork.Tests.dll")


def entry(text):
    name, _, files = text.partition("=")
    train, rows, target = files.split(",")
    return f"{name}={os.path.abspath(train)},{os.path.abspath(rows)},{target}"


if len(sys.argv) < 2:
    sys.exit(__doc__)

given = dict(os.environ, NN_TABLES=";".join(map(entry, sys.argv[1:])))
command = ["dotnet", TESTS, "--colours", "0", "--filter", "NeuralNetwork/Cli/Data/FourAnswers/"]
sys.exit(subprocess.run(command, env=given).returncode)
