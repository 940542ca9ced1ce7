/// Which nn is started. Another one than that of this build is said with NN_PROGRAM, the words that start it, with blanks between,
/// and NN_PLATFORM says what it runs on, as it sees it: windows or arm64.
module NeuralNetwork.Tests.Elsewhere

open System
open System.IO
open System.Threading

let private variable (name: string) = Environment.GetEnvironmentVariable name |> Option.ofObj

/// The nn of this build: the one beside the tests, or what has been published of it, which NN_BUILT names.
let built: string =
    variable "NN_BUILT"
    |> Option.map Path.GetFullPath
    |> Option.defaultValue (Path.Combine(AppContext.BaseDirectory, "nn.dll"))

/// The words that start it, where it is another one.
let program: string list option = variable "NN_PROGRAM" |> Option.map (fun words -> List.ofArray (words.Split ' '))

let private platform = variable "NN_PLATFORM"

/// Whether nn runs on Windows, emulated or not.
let isWindows: bool = OperatingSystem.IsWindows() || platform = Some "windows"

/// Whether it is Windows for nn and another system for the tests.
let isEmulatedWindows: bool = isWindows && not (OperatingSystem.IsWindows())

/// Whether nn runs on an emulated processor: it is slow there, and the machine's own tools see the emulator.
let isEmulated: bool = platform = Some "arm64"

/// Variables of the environment with which nn begins with a task of the tests (see StartupHook).
let hook (task: string) : (string * string) list =
    let path = System.Reflection.Assembly.GetExecutingAssembly().Location
    let path = if isEmulatedWindows then "Z:" + path.Replace('/', '\\') else path
    [ "DOTNET_STARTUP_HOOKS", path; "NN_TEST_HOOK", task ]

/// Whether the current test has started nn. Those that a test starts are its own, whatever runs beside it.
let private started = AsyncLocal<bool ref | null>()

/// Notes down that nn is started.
let noteStart () : unit =
    match started.Value with
    | null -> ()
    | value -> value.Value <- true

/// Begins to look whether a test starts nn; what comes back tells.
let watchStarts () : unit -> bool =
    let value = ref false
    started.Value <- value
    fun () -> value.Value
