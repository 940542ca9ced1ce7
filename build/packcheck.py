#!/usr/bin/env python3
"""Uses the packages as a stranger would: python3 build/packcheck.py artifacts/packages

In an empty folder with an empty package cache: a new C# console project adds NeuralNetwork.Core and runs the lines of the
README, a new F# project does the same, and nn is installed as a tool, looks at the machine and trains. Packages of others
(FSharp.Core) come from where this machine gets them. Ends with exit code 1 at the first thing that does not work.
"""
import os
import re
import subprocess
import sys
import tempfile
import zipfile

packages = os.path.abspath(sys.argv[1])
root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
version = re.search(r"<Version>(.*?)</Version>", open(os.path.join(root, "Directory.Build.props")).read()).group(1)


def run(*command, cwd, expected=0):
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode != expected:
        sys.exit(f"packcheck: {' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def blocks(language):
    """The code of the README in a language, in order."""
    text = open(os.path.join(root, "README.md"), encoding="utf-8").read()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def demand(condition, what):
    if not condition:
        sys.exit(f"packcheck: {what}")


def check_contents():
    """No native library, no path of this machine; readme, documentation and symbols are there."""
    for name in ["NeuralNetwork.Core", "NeuralNetwork.Cli"]:
        with zipfile.ZipFile(os.path.join(packages, f"{name}.{version}.nupkg")) as package:
            names = package.namelist()
            demand("README.md" in names, f"{name} has no README.md")
            native = [file for file in names if file.endswith((".so", ".dylib")) or "mkl" in file.lower()]
            demand(not native, f"{name} has native files: {native}")
            spec = package.read(f"{name}.nuspec").decode()
            demand('<license type="expression">MIT</license>' in spec, f"{name} has no licence expression")
            for file in names:
                if os.path.basename(file).startswith(("NeuralNetwork", "nn")) and file.endswith(".dll"):
                    # The F# compiler writes where the symbols lay; nothing else may name this machine.
                    content = re.sub(rb"[^\0]*\.pdb\0", b"", package.read(file))
                    demand(root.encode() not in content, f"{name}: {file} names {root}")
        demand(os.path.exists(os.path.join(packages, f"{name}.{version}.snupkg")), f"{name} has no symbols")
    with zipfile.ZipFile(os.path.join(packages, f"NeuralNetwork.Core.{version}.nupkg")) as package:
        demand("lib/net10.0/NeuralNetwork.Core.xml" in package.namelist(), "there is no documentation")


def new_project(folder, language, file, code):
    os.mkdir(folder)
    run("dotnet", "new", "console", "-lang", language, "--no-restore", cwd=folder)
    run("dotnet", "add", "package", "NeuralNetwork.Core", "--version", version, cwd=folder)
    with open(os.path.join(folder, file), "w", encoding="utf-8") as program:
        program.write(code)
    return run("dotnet", "run", "-c", "Release", cwd=folder)


with tempfile.TemporaryDirectory() as folder:
    environment = dict(os.environ, NUGET_PACKAGES=os.path.join(folder, "cache"), DOTNET_CLI_TELEMETRY_OPTOUT="1")
    environment = {key: value for key, value in environment.items() if key not in ("CI", "NN_BLAS")}
    with open(os.path.join(folder, "nuget.config"), "w") as config:
        config.write(f'<configuration><packageSources><add key="packed" value="{packages}" /></packageSources></configuration>')

    check_contents()
    print("contents: readme, licence, documentation, symbols; no native library, no path")

    code = blocks("csharp")[0] + '\nSystem.Console.WriteLine(model.Classify([0, 1]).Label);\n'
    said = new_project(os.path.join(folder, "csharp"), "C#", "Program.cs", code).strip().splitlines()[-1]
    demand(said == "1", f"the C# lines of the README took (0, 1) for {said}")
    print("C#: the lines of the README train and predict from the package")

    code = "\n".join(blocks("fsharp"))
    said = new_project(os.path.join(folder, "fsharp"), "F#", "Program.fs", code)
    demand("true" in said, f"the F# lines of the README said {said!r}")
    print("F#: the lines of the README run from the package")

    tools = os.path.join(folder, "tools")
    run("dotnet", "tool", "install", "NeuralNetwork.Cli", "--version", version, "--tool-path", tools, "--add-source", packages, cwd=folder)
    nn = os.path.join(tools, "nn")
    print("nn doctor:", run(nn, "doctor", cwd=folder).strip().splitlines()[0])
    with open(os.path.join(folder, "points.csv"), "w") as table:
        table.write("a,b,class\n")
        for place in range(200):
            a, b = place * 37 % 100 / 100, place * 59 % 100 / 100
            table.write(f"{a},{b},{'above' if a + b > 1 else 'below'}\n")
    run(nn, "train", "points.csv", "--target", "class", "--hidden", "8", "--epochs", "20", "--out", "run", cwd=folder)
    demand(os.path.exists(os.path.join(folder, "run", "model.safetensors")), "nn train left no model")
    print("nn train: a model from a CSV file")
