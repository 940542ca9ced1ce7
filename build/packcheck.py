#!/usr/bin/env python3
"""Uses the packages as a stranger would: python3 build/packcheck.py artifacts/packages

In an empty folder with an empty package cache: a new C# console project adds NeuralNetwork.Core and runs the lines of the
packed README, a new F# project does the same, and nn is installed as a tool, looks at the machine and trains; nn serve says what it
needs, and answers once that is installed, too. Packages of others (FSharp.Core) come from where this machine gets them. Ends with exit code 1 at the first thing that does not work.

No file of the packages may name the folder they were built in: not the libraries, and not the symbols, whose names of sources
and packed sources are looked into.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
import zipfile

sys.dont_write_bytecode = True  # nothing is left beside the scripts
import portable_pdb

packages = os.path.abspath(sys.argv[1])
root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
version = re.search(r"<Version>(.*?)</Version>", open(os.path.join(root, "Directory.Build.props")).read()).group(1)


APP = """
using Microsoft.Extensions.DependencyInjection;
using NeuralNetwork;
using NeuralNetwork.Extensions;

using (var file = File.Create("churn.safetensors"))
    Network.Input(2).Dense(2).With(Loss.SoftmaxCrossEntropy).Init<float>(seed: 1).Save(file);
using var provider = new ServiceCollection()
    .AddModel<float>("churn", "churn.safetensors", o => { o.Watch = true; o.WarmUp = true; })
    .BuildServiceProvider();
var churn = provider.GetRequiredService<IModelSource<float>>();
var probabilities = churn.Current.Predict([0, 1]);
Console.WriteLine($"{churn.Name}, version {churn.Loaded.Version}: {probabilities.Length} classes");
"""


def run(*command, cwd, expected=0):
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode != expected:
        sys.exit(f"packcheck: {' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def blocks(language):
    """The code of the packed README in a language, in order."""
    text = files(f"NeuralNetwork.Core.{version}.nupkg")["README.md"].decode()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def demand(condition, what):
    if not condition:
        sys.exit(f"packcheck: {what}")


def files(name):
    """The files of a package: their names and bytes."""
    with zipfile.ZipFile(os.path.join(packages, name)) as package:
        return {file: package.read(file) for file in package.namelist()}


def check_paths(file, content):
    """A path may stand there in either encoding of the runtime, in the parts of a name, or in a packed source."""
    for text in portable_pdb.texts(content) if file.endswith(".pdb") else [content]:
        for path in {root, os.path.realpath(root)}:
            found = any(path.encode(encoding) in text for encoding in ("utf-8", "utf-16-le"))
            demand(not found, f"{file} names {path}")


def check_sources(file, symbols):
    """Every source is named from the root of the repository, once; the links of SourceLink begin there, too."""
    strange = [name for name in portable_pdb.documents(symbols) if not re.match(r"/_\d*/[^/]", name)]
    demand(not strange, f"{file} has sources outside of the repository: {strange[:3]}")
    links = json.loads(portable_pdb.links(symbols) or '{"documents": {}}')["documents"]
    demand(all(key == "/_/*" for key in links), f"{file} links {links}")
    return ", ".join(links.values())


def check_contents():
    """No native library, no path of this machine; readme, documentation and symbols are there."""
    for name in ["NeuralNetwork.Core", "NeuralNetwork.Extensions", "NeuralNetwork.Cli", "NeuralNetwork.Server"]:
        package, symbols = files(f"{name}.{version}.nupkg"), files(f"{name}.{version}.snupkg")
        demand("README.md" in package, f"{name} has no README.md")
        links = re.findall(r"\]\((?!https://)(.*?)\)", package["README.md"].decode())
        demand(not links, f"the README of {name} links to what is not in a package: {links}")
        native = [file for file in package if file.endswith((".so", ".dylib")) or "mkl" in file.lower()]
        demand(not native, f"{name} has native files: {native}")
        targets = f"buildTransitive/{name}.targets" in package
        demand(targets == (name == "NeuralNetwork.Core"), f"{name}: what apps are compiled for ahead of time")
        spec = package[f"{name}.nuspec"].decode()
        demand('<license type="expression">MIT</license>' in spec, f"{name} has no licence expression")
        for file, content in [*package.items(), *symbols.items()]:
            check_paths(f"{name}: {file}", content)
        sources = [check_sources(file, content) for file, content in symbols.items() if file.endswith(".pdb")]
        demand(sources, f"{name} has no symbols")
        library = name if name == "NeuralNetwork.Extensions" else "NeuralNetwork.Core"
        demand(any(file.endswith(f"/{library}.xml") for file in package), f"{name} has no documentation")
        needs = [content.decode() for file, content in package.items() if file.endswith(".runtimeconfig.json")]
        web = any("Microsoft.AspNetCore.App" in text for text in needs)
        demand(web == (name == "NeuralNetwork.Server"), f"{name}: the runtimes it needs")
        counts = f"{len(package)} files and {len(symbols)} of symbols"
        print(f"{name}: {counts}, none names {root}; sources: {sources[0] or 'no link, for git has no public remote'}")


def new_project(folder, language, file, code, names=("NeuralNetwork.Core",)):
    os.mkdir(folder)
    run("dotnet", "new", "console", "-lang", language, "--no-restore", cwd=folder)
    for name in names:
        run("dotnet", "add", "package", name, *(["--version", version] if name.startswith("Neural") else []), cwd=folder)
    with open(os.path.join(folder, file), "w", encoding="utf-8") as program:
        program.write(code)
    return run("dotnet", "run", "-c", "Release", cwd=folder)


with tempfile.TemporaryDirectory() as folder:
    environment = dict(os.environ, NUGET_PACKAGES=os.path.join(folder, "cache"), DOTNET_CLI_TELEMETRY_OPTOUT="1")
    environment = {key: value for key, value in environment.items() if key not in ("CI", "NN_BLAS")}
    with open(os.path.join(folder, "nuget.config"), "w") as config:
        config.write(f'<configuration><packageSources><add key="packed" value="{packages}" /></packageSources></configuration>')

    check_contents()
    print("contents: readme without relative links, licence, documentation, symbols; no native library")

    code = blocks("csharp")[0] + '\nSystem.Console.WriteLine(model.Classify([0, 1]).Label);\n'
    said = new_project(os.path.join(folder, "csharp"), "C#", "Program.cs", code).strip().splitlines()[-1]
    demand(said == "1", f"the C# lines of the README took (0, 1) for {said}")
    print("C#: the lines of the README train and predict from the package")

    code = "\n".join(blocks("fsharp"))
    said = new_project(os.path.join(folder, "fsharp"), "F#", "Program.fs", code)
    demand("true" in said, f"the F# lines of the README said {said!r}")
    print("F#: the lines of the README run from the package")

    names = ["NeuralNetwork.Extensions", "Microsoft.Extensions.DependencyInjection"]
    said = new_project(os.path.join(folder, "app"), "C#", "Program.cs", APP, names).strip().splitlines()[-1]
    demand(said == "churn, version 1: 2 classes", f"the app with a model among its services said {said!r}")
    print("C#: an app asks the model among its services")

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

    # Where no other is installed: the folder of the tools comes first, and this home has none.
    environment["HOME"] = folder
    done = subprocess.run([nn, "serve", "run"], cwd=folder, env=environment, capture_output=True, text=True)
    needed = re.search(r"dotnet (tool install NeuralNetwork\.Server)", done.stderr)
    demand(done.returncode == 4 and needed, f"nn serve without a server ended with {done.returncode}: {done.stderr}")
    run("dotnet", *needed[1].split(), "--version", version, "--tool-path", tools, "--add-source", packages, cwd=folder)
    command = [nn, "serve", "run", "--port", "0", "--json"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            asked = urllib.request.Request(json.loads(server.stdout.readline())["urls"][0] + "/predict", b'{"a": 0.9, "b": 0.8}')
            asked.add_header("Content-Type", "application/json")
            said = json.load(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked))["prediction"]
        finally:
            server.terminate()
    demand(said == "above" and server.returncode == 143, f"nn serve said {said} and ended with {server.returncode}")
    print("nn serve: an answer over HTTP, from nn-serve")
