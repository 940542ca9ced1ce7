namespace NeuralNetwork.Engine

open System
open System.Runtime.InteropServices
open System.Text
open System.Threading

// The binding to a native BLAS, loaded from an exact path and told to use one thread: the team owns the threads.
// Whether a file may be loaded at all is decided elsewhere (see Blas.Resolve).

module internal Native =

    let private tryExport<'D when 'D: not null and 'D: not struct> (library: nativeint) (symbol: string) =
        match NativeLibrary.TryGetExport(library, symbol) with
        | true, address -> Some(Marshal.GetDelegateForFunctionPointer<'D> address)
        | _ -> None

    let private set library symbol number =
        match tryExport<Setter> library symbol with
        | Some setter -> setter.Invoke(nativeint (number: int)) |> ignore
        | None -> ()

    let private number library symbol =
        tryExport<Getter> library symbol |> Option.map (fun getter -> int (getter.Invoke()))

    let private text library symbol =
        match tryExport<Getter> library symbol with
        | Some getter -> (Marshal.PtrToStringUTF8(getter.Invoke()) |> string).Trim()
        | None -> ""

    let private written library symbol =
        let buffer: byte[] = GC.AllocateArray(256, pinned = true)
        let address = Marshal.UnsafeAddrOfPinnedArrayElement(buffer, 0)
        tryExport<Writer> library symbol |> Option.iter _.Invoke(address, buffer.Length - 1)
        Encoding.ASCII.GetString(buffer).TrimEnd('\000', ' ')

    /// How a family is recognised, set up (once, before anything else is called), told to use one thread, and
    /// described.
    type private Family =
        { Name: string
          Mark: string
          SetUp: nativeint -> unit
          OneThread: nativeint -> unit
          Version: nativeint -> string
          Detail: nativeint -> string }

    // Without a choice of layer MKL loads its OpenMP layer inside the first product, and where the OpenMP runtime is
    // missing it ends the process. 1 = sequential, 0 = 32-bit sizes.
    let private mkl =
        { Name = "mkl"
          Mark = "MKL_Set_Threading_Layer"
          SetUp =
            fun library ->
                set library "MKL_Set_Interface_Layer" 0
                set library "MKL_Set_Threading_Layer" 1
          OneThread = ignore
          Version = fun library -> written library "mkl_get_version_string"
          Detail = fun _ -> "sequential layer, 32-bit sizes" }

    let private openBlas =
        { Name = "openblas"
          Mark = "openblas_get_config"
          SetUp = ignore
          OneThread = fun library -> set library "openblas_set_num_threads" 1
          Version = fun library -> text library "openblas_get_config"
          Detail =
            fun library ->
                let build =
                    match number library "openblas_get_parallel" with
                    | Some 0 -> "serial build"
                    | Some 1 -> "pthreads build on one thread"
                    | Some 2 -> "OpenMP build on one thread"
                    | _ -> "one thread"

                $"""{build}, {text library "openblas_get_corename"} kernel""" }

    let private blis =
        { Name = "blis"
          Mark = "bli_info_get_version_str"
          SetUp = ignore
          OneThread = fun library -> set library "bli_thread_set_num_threads" 1
          Version = fun library -> text library "bli_info_get_version_str"
          Detail = fun _ -> "one thread" }

    let private other (path: string) =
        { Name = if path.Contains "Accelerate" then "accelerate" else "cblas"
          Mark = "cblas_sgemm"
          SetUp = ignore
          OneThread = ignore
          Version = fun _ -> "unknown"
          Detail = fun _ -> "threads as the library decides" }

    let private recognise (library: nativeint) (path: string) =
        [ mkl; openBlas; blis; other path ]
        |> List.tryFind (fun family -> fst (NativeLibrary.TryGetExport(library, family.Mark)))

    /// What the loader says last, without the path it begins with.
    let private lastLine (path: string) (message: string) =
        let line =
            message.Split('\n', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
            |> Array.last

        if line.StartsWith($"{path}: ", StringComparison.Ordinal) then
            line.Substring(path.Length + 2)
        else
            line

    let private bind (library: nativeint) (path: string) =
        match
            recognise library path,
            tryExport<SingleGemm> library "cblas_sgemm",
            tryExport<DoubleGemm> library "cblas_dgemm"
        with
        | Some family, Some single, Some double ->
            family.SetUp library

            let ready =
                new ThreadLocal<bool>(fun () ->
                    family.OneThread library
                    true)

            let version, detail = family.Version library, family.Detail library
            Ok(Backend(family.Name, path, version, detail, SingleProduct(single, ready), DoubleProduct(double, ready)))
        | _ -> Error "cblas_sgemm and cblas_dgemm are not both in it"

    /// Loads the library and sets it up. A library once loaded stays: its threads and tables cannot be taken back.
    /// A damaged file can end the process in here.
    let load (path: string) : Result<Backend, string> =
        try
            bind (NativeLibrary.Load path) path
        with
        | :? DllNotFoundException as error -> Error(lastLine path error.Message)
        | :? BadImageFormatException as error -> Error(lastLine path error.Message)
