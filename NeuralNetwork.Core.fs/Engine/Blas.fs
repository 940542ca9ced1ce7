namespace NeuralNetwork.Engine

open System
open System.Collections.Generic
open System.IO
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop

/// The choice of a BLAS, and products with every argument checked.
[<AbstractClass; Sealed>]
type Blas private () =

    /// MKL loads these files by itself, at the first product, and ends the process where one is missing.
    static member private MissingSibling(path: string) : string | null =
        let file = string (Path.GetFileName path)
        let folder = string (Path.GetDirectoryName path)

        let parts =
            [ "core"
              "intel_lp64"
              "sequential"
              "def"
              if Avx2.IsSupported then
                  "avx2"
              if Avx512F.IsSupported then
                  "avx512" ]

        parts
        |> List.map (fun part -> file.Replace("mkl_rt", $"mkl_{part}"))
        |> List.tryFind (fun sibling -> not (File.Exists(Path.Combine(folder, sibling))))
        |> Option.map (fun sibling -> $"{sibling} is not beside it")
        |> Option.toObj

    /// Makes a backend prove its products: right in both precisions and all transposes, the same bits from 8 threads,
    /// nothing written outside C, subnormal numbers kept. Null, or what is wrong with it. Takes about 0.1 s.
    static member SelfTest(backend: Backend) : string | null = Proof.run backend

    /// The test a library must pass before it is used: it is loaded, told to use one thread and made to prove its
    /// products. Null where it may be used, else the reason why not. To be run in a process of its own: a damaged or
    /// incomplete library may end it instead of answering.
    static member SelfTest(path: string) : string | null =
        match Native.load path with
        | Ok backend -> Proof.run backend
        | Error reason -> reason

    /// The same test for a program that cannot start another process: what MKL would miss is looked for first.
    /// Files cut short are beyond it.
    static member Inspect(path: string) : string | null =
        let missing = if (string (Path.GetFileName path)).Contains "mkl_rt" then Blas.MissingSibling path else null

        if isNull missing then Blas.SelfTest path else missing

    /// The user's folder for what can be made again, such as the speeds of engines.
    static member CacheFolder: string = Speeds.cacheFolder ()

    /// What is measured: the first library of each family, and the managed kernel. Where there is no library there is nothing to
    /// choose.
    static member private Measurable(folders: IEnumerable<string>) : string list =
        match Preference.firsts (Search.everywhere folders) with
        | [] -> []
        | libraries -> [ for library in libraries -> library.Path ] @ [ Speeds.Managed ]

    /// Whether it is known how fast the engines are that there are here.
    static member IsMeasured(folders: IEnumerable<string>) : bool =
        List.forall (Speeds.kept().ContainsKey) (Blas.Measurable folders)

    /// Measures the engines that there are here, and keeps their speeds in the cache folder for `Resolve`; where nothing can be
    /// kept there, nothing is measured. `speed` is given the path of a library, or "managed", and gives its speed in float32
    /// in 10^9 operations a second, or 0 where it cannot be used. What it raises is raised, and nothing is kept.
    static member Measure(folders: IEnumerable<string>, speed: Func<string, float>) : unit =
        ArgumentNullException.ThrowIfNull(speed, nameof speed)

        if Speeds.canKeep () then
            Blas.Measurable folders |> List.map (fun path -> path, speed.Invoke path) |> Speeds.keep

    /// Finds the library to use: the first candidate that passes the probe, else the managed kernel. Where nothing is asked
    /// for and the speeds were measured, an engine comes first that is faster by 15 %; nothing is measured here.
    ///
    /// choice: auto, mkl, openblas, blis, accelerate, managed, or the path of a library or of a folder with one; null
    /// or empty stands for the environment variable NN_BLAS, and that for auto. Candidates lie next to the
    /// application (runtimes/RID/native first), in `folders`, in the system; never in the working directory. probe:
    /// given a path, null where it may be used, else the reason why not, preferably found out in another process by
    /// Blas.SelfTest; null stands for Blas.Inspect.
    static member Resolve
        (choice: string | null, folders: IEnumerable<string>, probe: Func<string, string | null> | null)
        : Resolution =
        let probe =
            match probe with
            | null -> Func<string, string | null>(Blas.Inspect)
            | given -> given

        let wish =
            [ choice; Environment.GetEnvironmentVariable "NN_BLAS"; "auto" ]
            |> List.pick (fun text -> if String.IsNullOrWhiteSpace text then None else Some $"{text}")

        Preference.resolve wish folders probe

    /// Refuses a matrix of rows x columns that does not fit its leading dimension or its span.
    static member private Check(name: string, rows: int, columns: int, ld: int, length: int) =
        if ld < max 1 columns then
            raise (
                ArgumentException(
                    $"The leading dimension of {name} is {ld}, but a row has {columns} numbers.",
                    $"ld{name}"
                )
            )

        let needed = if rows = 0 || columns = 0 then 0L else int64 (rows - 1) * int64 ld + int64 columns

        if int64 length < needed then
            let message =
                $"{rows} x {columns} numbers, {ld} from row to row, are {needed} in all, but {name} has {length}."

            raise (ArgumentException(message, name))

    /// C = alpha op(A) op(B) + beta C, row-major; op(X) = X or its transpose; op(A): m x k, op(B): k x n, C: m x n.
    /// lda, ldb, ldc: numbers from the start of one row, as stored, to the next. C is not read where beta = 0, A and
    /// B not where alpha = 0. ArgumentException for a negative size, a leading dimension shorter than a row, a span
    /// that is too short and a C that overlaps A or B; NotSupportedException where 'T is neither float32 nor float.
    static member Multiply<'T>
        (
            backend: Backend,
            transposeA: bool,
            transposeB: bool,
            m: int,
            n: int,
            k: int,
            alpha: float,
            a: ReadOnlySpan<'T>,
            lda: int,
            b: ReadOnlySpan<'T>,
            ldb: int,
            beta: float,
            c: Span<'T>,
            ldc: int
        ) =
        ArgumentOutOfRangeException.ThrowIfNegative(m, nameof m)
        ArgumentOutOfRangeException.ThrowIfNegative(n, nameof n)
        ArgumentOutOfRangeException.ThrowIfNegative(k, nameof k)
        let struct (rowsA, columnsA) = if transposeA then struct (k, m) else struct (m, k)
        let struct (rowsB, columnsB) = if transposeB then struct (n, k) else struct (k, n)
        Blas.Check(nameof a, rowsA, columnsA, lda, a.Length)
        Blas.Check(nameof b, rowsB, columnsB, ldb, b.Length)
        Blas.Check(nameof c, m, n, ldc, c.Length)

        if a.Overlaps(Span.op_Implicit c) || b.Overlaps(Span.op_Implicit c) then
            raise (ArgumentException("C overlaps A or B.", nameof c))

        if m > 0 && n > 0 then
            use atA = fixed &Unsafe.As<'T, byte>(&MemoryMarshal.GetReference a)
            use atB = fixed &Unsafe.As<'T, byte>(&MemoryMarshal.GetReference b)
            use atC = fixed &Unsafe.As<'T, byte>(&MemoryMarshal.GetReference c)

            let a, b, c = NativePtr.toNativeInt atA, NativePtr.toNativeInt atB, NativePtr.toNativeInt atC

            backend.Product<'T>().Multiply(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)

    /// The speed of x W^T, x: m x k, W: n x k, on the calling thread: the best of five rounds, in 10^9 operations a
    /// second.
    static member Gigaflops<'T>(backend: Backend, m: int, n: int, k: int, clock: TimeProvider) : float =
        let product = backend.Product<'T>()
        let x, w, z = Arena<'T>(m * k), Arena<'T>(n * k), Arena<'T>(m * n)
        let operations = 2.0 * float m * float n * float k
        let repeats = max 1 (int (1e8 / operations))

        let round () =
            let start = clock.GetTimestamp()

            for _ in 1..repeats do
                product.Multiply(false, true, m, n, k, 1.0, x.Address, k, w.Address, k, 0.0, z.Address, n)

            (clock.GetElapsedTime start).TotalSeconds

        round () |> ignore
        let best = Seq.min (Seq.init 5 (fun _ -> round ()))
        float repeats * operations / best * 1e-9
