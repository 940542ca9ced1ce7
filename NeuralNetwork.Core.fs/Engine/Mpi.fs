namespace NeuralNetwork.Engine

open System
open System.Collections.Generic
open System.IO
open System.Runtime.InteropServices
open System.Text

// The binding to a library of the Message Passing Interface: about ten of its functions, bytes only. No operation of MPI adds
// anything: its sums depend on the number of ranks.

[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal MpiInit = delegate of argc: nativeint * argv: nativeint * required: int * provided: int byref -> int

[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal MpiCount = delegate of communicator: nativeint * count: int byref -> int

[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal MpiHandler = delegate of communicator: nativeint * handler: nativeint -> int

[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal MpiText = delegate of text: nativeint * length: int byref -> int

[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal MpiErrorText = delegate of error: int * text: nativeint * length: int byref -> int

[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal MpiSendrecv =
    delegate of
        own: nativeint *
        size: int *
        ofBytes: nativeint *
        target: int *
        tag: int *
        theirs: nativeint *
        sizeOfTheirs: int *
        ofBytes': nativeint *
        source: int *
        tag': int *
        communicator: nativeint *
        status: nativeint ->
            int

[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal MpiAllgatherv =
    delegate of
        own: nativeint *
        size: int *
        ofBytes: nativeint *
        all: nativeint *
        sizes: int[] *
        starts: int[] *
        ofBytes': nativeint *
        communicator: nativeint ->
            int

[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal MpiPlain = delegate of unit -> int

[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal SetVariable = delegate of name: nativeint * value: nativeint * overwrite: int -> int

/// What started this process as one of several, by the variables that it leaves: its name, how many ranks there are (0 where it does
/// not say) and the libraries that belong to it.
[<Struct>]
type internal Launcher = { Name: string; Ranks: int; Libraries: string list }

module internal Launcher =

    let private number (variable: string) : int =
        match Int32.TryParse(Environment.GetEnvironmentVariable variable) with
        | true, number -> number
        | _ -> 0

    let private isSet (variable: string) = not (String.IsNullOrEmpty(Environment.GetEnvironmentVariable variable))

    let private files windows mac linux : string list =
        if OperatingSystem.IsWindows() then windows
        elif OperatingSystem.IsMacOS() then mac
        else linux

    let private openMpi () = files [] [ "libmpi.40.dylib"; "libmpi.dylib" ] [ "libmpi.so.40"; "libmpi.so" ]

    let private mpich () =
        files
            [ "msmpi.dll"; "impi.dll" ]
            [ "libmpi.12.dylib"; "libmpich.dylib"; "libmpi.dylib" ]
            [ "libmpich.so.12"; "libmpi.so.12"; "libmpi.so" ]

    /// None where the process was started by itself.
    let find () : Launcher option =
        if isSet "OMPI_COMM_WORLD_SIZE" then
            Some { Name = "Open MPI"; Ranks = number "OMPI_COMM_WORLD_SIZE"; Libraries = openMpi () }
        elif isSet "PMI_SIZE" then
            Some { Name = "MPICH"; Ranks = number "PMI_SIZE"; Libraries = mpich () }
        elif isSet "PMIX_RANK" then
            // Slurm says how many there are, other managers of processes do not.
            let ofStep = number "SLURM_STEP_NUM_TASKS"
            let ranks = if ofStep > 0 then ofStep else number "SLURM_NTASKS"
            Some { Name = "PMIx"; Ranks = ranks; Libraries = openMpi () }
        else
            None

module private Binding =

    let tryExport (library: nativeint) (name: string) : nativeint option =
        match NativeLibrary.TryGetExport(library, name) with
        | true, address -> Some address
        | _ -> None

    let bind<'D when 'D: not null and 'D: not struct> (path: string) (library: nativeint) (name: string) : 'D =
        match tryExport library name with
        | Some address -> Marshal.GetDelegateForFunctionPointer<'D> address
        | None -> raise (InvalidOperationException $"{path}: it has no {name}, and so is no library of MPI")

/// A library of MPI, loaded, and the process a rank of it.
[<Sealed>]
type internal MpiExchange private (path: string, library: nativeint, watchdog: Watchdog) =

    // Open MPI's handles are addresses of its variables, those of the binary interface of MPI 5 small numbers, and all others
    // have MPICH's.
    let world, bytes, errorsReturn =
        match Binding.tryExport library "ompi_mpi_comm_world", Binding.tryExport library "ompi_mpi_byte" with
        | Some world, Some bytes ->
            let errors = Binding.tryExport library "ompi_mpi_errors_return" |> Option.defaultValue 0n
            world, bytes, errors
        | _ when path.Contains "mpi_abi" -> 0x101n, 0x247n, 0x143n
        | _ -> 0x44000000n, 0x4c00010dn, 0x54000001n

    let errorText = Binding.bind<MpiErrorText> path library "MPI_Error_string"
    let sendrecv = Binding.bind<MpiSendrecv> path library "MPI_Sendrecv"
    let allgatherv = Binding.bind<MpiAllgatherv> path library "MPI_Allgatherv"

    let textOf (write: nativeint -> int) : string =
        let buffer: byte[] = GC.AllocateArray(8192, pinned = true)
        let length = write (Marshal.UnsafeAddrOfPinnedArrayElement(buffer, 0))
        Encoding.UTF8.GetString(buffer, 0, Math.Clamp(length, 0, buffer.Length)).Trim('\000', ' ', '\n')

    let describe (error: int) : string =
        textOf (fun text ->
            let mutable length = 0
            errorText.Invoke(error, text, &length) |> ignore
            length)

    let demand (error: int) =
        if error <> 0 then
            raise (IOException $"MPI: {describe error}")

    let count (name: string) : int =
        let mutable count = 0
        demand ((Binding.bind<MpiCount> path library name).Invoke(world, &count))
        count

    // Calls may come from one thread after the other: MPI_THREAD_SERIALIZED.
    do
        let mutable provided = 0

        let initialize = Binding.bind<MpiInit> path library "MPI_Init_thread"
        // It waits for the others, too.
        watchdog.Begins()
        let error = initialize.Invoke(0n, 0n, 2, &provided)
        watchdog.Ends()

        if error <> 0 then
            raise (InvalidOperationException $"{path}: MPI_Init_thread failed")

        demand ((Binding.bind<MpiHandler> path library "MPI_Comm_set_errhandler").Invoke(world, errorsReturn))

    let ranks, rank = count "MPI_Comm_size", count "MPI_Comm_rank"

    let version =
        let all =
            textOf (fun text ->
                let mutable length = 0
                (Binding.bind<MpiText> path library "MPI_Get_library_version").Invoke(text, &length) |> ignore
                length)

        // As in: Open MPI v4.1.4, package: …; of MPICH a table of several lines.
        let first = Array.head (all.Split([| '\n'; ',' |]))
        String.Join(' ', first.Split([| ' '; '\t' |], StringSplitOptions.RemoveEmptyEntries))

    let mutable isLeft = false

    // What MPI says of a message, which nobody reads: to leave it out is another number in each library, and this is room for that of any.
    let status = Arena<byte> 256

    /// Sends bytes to one rank while others come from one.
    let pass (target: int) (there: nativeint) (size: int) (source: int) (here: nativeint) (sizeOfTheirs: int) : unit =
        watchdog.Begins()

        let error =
            sendrecv.Invoke(there, size, bytes, target, 0, here, sizeOfTheirs, bytes, source, 0, world, status.Address)

        watchdog.Ends()
        demand error

    // What a library is told before it begins, where the user has not said otherwise. MPICH's transport would take over the signal of a bad
    // address, which the runtime makes a NullReferenceException of. Open MPI would ask the receiver for each piece of a long message, and
    // over TCP what it asks waits behind what it sends itself: exchanges took half as long again. The variables are for the C library:
    // those of the runtime are not.
    static let settings =
        [ "UCX_ERROR_SIGNALS", ""
          "IPATH_NO_BACKTRACE", "1"
          "HFI_NO_BACKTRACE", "1"
          "OMPI_MCA_btl_tcp_flags", "1"
          "OMPI_MCA_btl_tcp_max_send_size", "1048576" ]

    static let tell () =
        if not (OperatingSystem.IsWindows()) then
            match NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "setenv") with
            | true, address ->
                let set = Marshal.GetDelegateForFunctionPointer<SetVariable> address

                for name, value in settings do
                    let name, value = Marshal.StringToCoTaskMemUTF8 name, Marshal.StringToCoTaskMemUTF8 value
                    set.Invoke(name, value, 0) |> ignore
                    Marshal.FreeCoTaskMem name
                    Marshal.FreeCoTaskMem value
            | _ -> ()

    // A library that is initialised twice ends the process.
    static let entered = HashSet<string>()

    /// Makes the process a rank, by the library at a path or the first of these that there is. InvalidOperationException where there is
    /// none, or where the ranks are not as many as the launcher says: then they are another library's.
    static member Join(launcher: Launcher, chosen: string | null, watchdog: Watchdog) : MpiExchange =
        tell ()

        let load (name: string) =
            match NativeLibrary.TryLoad name with
            | true, library -> Some(name, library)
            | _ -> None

        let candidates =
            match chosen with
            | null -> launcher.Libraries
            | path -> [ path ]

        match List.tryPick load candidates with
        | None ->
            let names = String.concat " or " candidates
            raise (InvalidOperationException $"started by {launcher.Name}, whose library {names} cannot be loaded")
        | Some(path, library) ->
            if not (entered.Add path) then
                raise (InvalidOperationException $"{path}: this process has joined by it before, which MPI allows once")

            let exchange = new MpiExchange(path, library, watchdog)

            if launcher.Ranks > 0 && exchange.Ranks <> launcher.Ranks then
                let found = $"{path} ({exchange.Library}) knows {exchange.Ranks}"

                raise (
                    InvalidOperationException
                        $"{launcher.Name} started {launcher.Ranks} ranks, and {found}: launcher and library are of two installations"
                )

            exchange

    member _.Ranks: int = ranks
    member _.Library: string = version

    interface IExchange with
        member _.Ranks = ranks
        member _.Rank = rank
        member _.Library = version

        // In each turn every rank has one to send to and one to hear from: the next ones, then those behind them, and so on.
        member _.Deal(own, sizes, starts, all, sizesOfAll, startsOfAll) =
            for turn in 1 .. ranks - 1 do
                let target, source = (rank + turn) % ranks, (rank - turn + ranks) % ranks
                let there, here = own + nativeint starts[target], all + nativeint startsOfAll[source]
                pass target there sizes[target] source here sizesOfAll[source]

        member _.Swap(partner, own, size, theirs, sizeOfTheirs) = pass partner own size partner theirs sizeOfTheirs

        member _.Gather(own, size, all, sizes, starts) =
            watchdog.Begins()
            let error = allgatherv.Invoke(own, size, bytes, all, sizes, starts, bytes, world)
            watchdog.Ends()
            demand error

    interface IDisposable with
        /// Waits for all others, and leaves them.
        member exchange.Dispose() =
            if not isLeft then
                isLeft <- true
                // MPI_Finalize need not wait, and whoever ends before the others may have the launcher end them.
                let word = Arena<byte>(1 + ranks)
                let ones, places = Array.create ranks 1, Array.init ranks id
                (exchange :> IExchange).Gather(word.AddressOf ranks, 1, word.Address, ones, places)
                GC.KeepAlive word
                watchdog.Begins()
                let error = (Binding.bind<MpiPlain> path library "MPI_Finalize").Invoke()
                watchdog.Ends()
                demand error
                (watchdog :> IDisposable).Dispose()
