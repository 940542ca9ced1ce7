// The build, the same on a developer's machine and in CI. Run it through ./build.sh or build.cmd: ./build.sh Test
//
//   Build    check the formatting, compile everything in Release with warnings as errors (the default)
//   Test     Build, Publish, Mkl, then every test but the sweeps of --deep; the last line is "N passed, N failed"
//   Demo     Build, Mkl, then train a network on MNIST
//   Format   rewrite the sources the way CheckFormat wants them
//   Mkl      fetch Intel MKL into .native/, a folder git ignores
//   Faults   Build, then kill, fill up and fail real runs in many ways; all of them come to the same bytes
//   Ranks    Build, then trainings by several processes, by the MPI that is installed: the same bytes, kills and faults among them
//   Elsewhere  Build, then nn on Windows and on ARM64, emulated: models of the same bytes, and the tests of the command line
//   Publish  the command line, made ready for this machine, in artifacts/nn; it wants the .NET runtime
//   PublishNative  the command line as one native file for this very processor, in artifacts/native; wants gcc or clang
//   Pack     the NuGet packages, in artifacts/packages
//   PackCheck  Pack, look into the packages, use them from new projects in an empty folder, and install nn and nn-serve from them
//   Native   the sample that is compiled to one native file: warnings about trimming, its size, how fast it starts
//   Api      the reference of the library, from its XML documentation, in docs/api
//   Clean    remove everything that can be built again (MKL stays)

#nullable enable

const string Release = "Release";
const string Solution = "NeuralNetwork.sln";
const string BuiltTests = "NeuralNetwork.Tests/bin/Release/net10.0/NeuralNetwork.Tests.dll";
const string TestSummary = "artifacts/tests/summary.txt";
const string Cli = "NeuralNetwork.Cli/NeuralNetwork.Cli.csproj";
const string FSharpSources = "NeuralNetwork.Core.fs NeuralNetwork.Tests samples";
const string Extensions = "NeuralNetwork.Extensions/NeuralNetwork.Extensions.csproj";
const string Server = "NeuralNetwork.Server/NeuralNetwork.Server.csproj";
const string Core = "NeuralNetwork.Core.fs/NeuralNetwork.Core.fsproj";
const string BuiltCore = "NeuralNetwork.Core.fs/bin/Release/net10.0/NeuralNetwork.Core.dll";
const string Published = "artifacts/nn";
const string BuiltCli = "NeuralNetwork.Cli/bin/Release/net10.0/nn.dll";

// The main job: a fully connected network of two hidden layers on real MNIST.
const string DemoCommand =
    "train mnist --hidden 512,512 --optimizer adam --learning-rate 0.002 --schedule cosine --batch-size 128"
    + " --epochs 10 --seed 42 --out runs/demo --force";

// ---------------------------------------------------------------------------------------------------------------

Task("Format")
    .Does(() =>
    {
        Run("dotnet", $"fantomas {FSharpSources}");
        Run("dotnet", "csharpier format .");
    });

Task("CheckFormat")
    .Does(() =>
    {
        const string advice = "The formatting differs: run ./build.sh Format";
        Run("dotnet", $"fantomas --check {FSharpSources}", advice);
        Run("dotnet", "csharpier check .", advice);
    });

Task("Build")
    .IsDependentOn("CheckFormat")
    .Does(() => Run("dotnet", $"build {Solution} -c {Release} -nologo -nodeReuse:false -v:minimal"));

Task("Mkl")
    .Does(() =>
    {
        if (IsRunningOnWindows())
            System.Console.WriteLine("mkl: fetched on Linux only; going on without MKL");
        else
            Run("bash", "build/mkl.sh");
    });

Task("Test")
    .IsDependentOn("Build")
    .IsDependentOn("Publish")
    .IsDependentOn("Mkl")
    .Does(() =>
    {
        CleanDirectory("artifacts/tests");
        // What is started is what a user gets, and starts in half the time.
        System.Environment.SetEnvironmentVariable("NN_BUILT", $"{Published}/nn.dll");
        var isLog = System.Console.IsOutputRedirected || HasEnvironmentVariable("CI");
        var colours = isLog ? "--colours 0 " : "";
        var code = StartProcess("dotnet", $"{BuiltTests} {colours}--result {TestSummary}");
        if (!FileExists(TestSummary))
            throw new CakeException($"the test run ended early, with exit code {code}");
        // build.sh prints it once more after Cake's own report, as the last line of all.
        var line = System.IO.File.ReadAllText(TestSummary).Trim();
        if (code != 0)
            throw new CakeException(line);
    });

Task("Demo")
    .IsDependentOn("Build")
    .IsDependentOn("Mkl")
    .Does(() => Run("dotnet", $"{BuiltCli} {DemoCommand}"));

Task("Faults")
    .IsDependentOn("Build")
    .Does(() =>
    {
        if (IsRunningOnUnix())
        {
            Run("python3", "build/faults.py");
            Run("python3", "build/study_faults.py");
            Run("python3", "build/joins.py");
        }
        else
            System.Console.WriteLine("faults: kills and failing calls are thrown on Linux only");
    });

Task("Ranks")
    .IsDependentOn("Build")
    .Does(() =>
    {
        if (IsRunningOnUnix())
            Run("python3", "build/ranks.py");
        else
            System.Console.WriteLine("ranks: SKIPPED: MPI is tried on Linux only");
    });

Task("Publish")
    .Does(() =>
    {
        CleanDirectory(Published);
        Run(
            "dotnet",
            $"publish {Cli} -c {Release} --use-current-runtime --self-contained false -p:PublishReadyToRun=true"
                + $" -nologo -nodeReuse:false -v:minimal -o {Published}"
        );
    });

Task("PublishNative")
    .Does(() =>
        Run(
            "dotnet",
            $"publish {Cli} -c {Release} --use-current-runtime -p:PublishAot=true -p:IlcInstructionSet=native"
                + " -nologo -nodeReuse:false -v:minimal -o artifacts/native"
        )
    );

Task("Pack")
    .IsDependentOn("CheckFormat")
    .Does(() =>
    {
        CleanDirectory("artifacts/packages");
        foreach (var project in new[] { Core, Extensions, Cli, Server })
            Run("dotnet", $"pack {project} -c {Release} -nologo -nodeReuse:false -v:quiet -o artifacts/packages");
        foreach (var package in GetFiles("artifacts/packages/*").OrderBy(file => file.FullPath))
            System.Console.WriteLine($"{package.GetFilename()}: {FileSize(package)} bytes");
    });

Task("PackCheck").IsDependentOn("Pack").Does(() => Run("python3", "build/packcheck.py artifacts/packages"));

Task("Native").IsDependentOn("Build").Does(() => Run("bash", "build/native.sh"));

Task("Elsewhere").IsDependentOn("Build").Does(() => Run("bash", "build/elsewhere.sh"));

Task("Api")
    .IsDependentOn("Build")
    .Does(() =>
        Run("python3", $"build/api.py {System.IO.Path.ChangeExtension(BuiltCore, "xml")} docs/api")
    );

Task("Clean")
    .Does(() =>
    {
        CleanDirectories("./NeuralNetwork.*/bin");
        CleanDirectories("./NeuralNetwork.*/obj");
        CleanDirectories("./samples/*/bin");
        CleanDirectories("./samples/*/obj");
        CleanDirectory("artifacts");
    });

RunTarget(Argument("target", "Build"));

// ---------------------------------------------------------------------------------------------------------------

// The child shares this console, so that progress bars and colours survive.
void Run(string command, string arguments, string? advice = null)
{
    var code = StartProcess(command, arguments);
    if (code != 0)
        throw new CakeException(advice ?? $"'{command} {arguments}' ended with exit code {code}");
}
