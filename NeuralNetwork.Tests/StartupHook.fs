/// What .NET runs inside an nn before its own beginning where DOTNET_STARTUP_HOOKS names this assembly: the tests' hand on a
/// Windows program, which no tool of another system reaches. NN_TEST_HOOK says what to do; nothing where it says nothing.
///
///     leave PATH            makes the file, and goes on when the working folder is gone
///     send PROCESS NUMBER…  delivers control events to a process, and ends: 0 Ctrl-C, 1 Ctrl-Break, 2 its console is closed,
///                           6 the system shuts down
///
/// An event arrives as Windows itself delivers it: a thread in the process runs CtrlRoutine of kernelbase.dll with its number.
/// Nothing but .NET's own library may be needed here.
namespace global

open System
open System.IO
open System.Runtime.InteropServices
open System.Threading

module internal Kernel =
    [<DllImport("kernel32.dll", SetLastError = true)>]
    extern nativeint OpenProcess(uint32 access, bool inherits, uint32 id)

    [<DllImport("kernel32.dll", SetLastError = true)>]
    extern nativeint CreateRemoteThread(
        nativeint target,
        nativeint attributes,
        unativeint stack,
        nativeint start,
        nativeint argument,
        uint32 flags,
        nativeint id
    )

    [<DllImport("kernel32.dll")>]
    extern uint32 WaitForSingleObject(nativeint handle, uint32 milliseconds)

    let everything = 0x1FFFFFu

[<AbstractClass; Sealed>]
type StartupHook =

    static member private Send(target: uint32, events: string[]) : int =
        let target = Kernel.OpenProcess(Kernel.everything, false, target)
        let routine = NativeLibrary.GetExport(NativeLibrary.Load "kernelbase.dll", "CtrlRoutine")
        let mutable failed = 0

        for number in events do
            let thread = Kernel.CreateRemoteThread(target, 0n, 0un, routine, nativeint (Int32.Parse number), 0u, 0n)

            if thread = 0n then
                failed <- failed + 1
            else
                // The next one comes after it has begun: handlers that wait for the end of the program stay longer.
                Kernel.WaitForSingleObject(thread, 100u) |> ignore

        failed

    static member Initialize() : unit =
        match Environment.GetEnvironmentVariable "NN_TEST_HOOK" with
        | null -> ()
        | words ->
            let words = words.Split ' '

            if words[0] = "leave" then
                File.WriteAllText(words[1], "")

                while Directory.Exists(Directory.GetCurrentDirectory()) do
                    Thread.Sleep 5
            else
                Environment.Exit(StartupHook.Send(UInt32.Parse words[1], words[2..]))
