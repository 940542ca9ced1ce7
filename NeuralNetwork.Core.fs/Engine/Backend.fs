namespace NeuralNetwork.Engine

open System
open System.Reflection
open System.Runtime.InteropServices
open System.Threading

// The C interface that every BLAS has (CBLAS), seen as products; and the backend, a pair of them with a name.

[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal SingleGemm =
    delegate of
        order: int *
        transposeA: int *
        transposeB: int *
        m: int *
        n: int *
        k: int *
        alpha: float32 *
        a: nativeint *
        lda: int *
        b: nativeint *
        ldb: int *
        beta: float32 *
        c: nativeint *
        ldc: int ->
            unit

[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal DoubleGemm =
    delegate of
        order: int *
        transposeA: int *
        transposeB: int *
        m: int *
        n: int *
        k: int *
        alpha: float *
        a: nativeint *
        lda: int *
        b: nativeint *
        ldb: int *
        beta: float *
        c: nativeint *
        ldc: int ->
            unit

/// int f(int), and functions that take their number in the same register.
[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal Setter = delegate of number: nativeint -> int

/// char *f(), int f().
[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal Getter = delegate of unit -> nativeint

/// void f(char *buffer, int length).
[<UnmanagedFunctionPointer(CallingConvention.Cdecl)>]
type internal Writer = delegate of buffer: nativeint * length: int -> unit

module internal Cblas =

    [<Literal>]
    let RowMajor = 101

    let transposition (transpose: bool) = if transpose then 112 else 111

    /// Where alpha is 0 nothing is multiplied: OpenBLAS would still read small A and B, and make a NaN there one of C.
    let depth (alpha: float) (k: int) = if alpha = 0.0 then 0 else k

/// cblas_sgemm. `ready` forces one thread, once on each thread that comes by: some builds keep the setting per thread.
[<Sealed>]
type internal SingleProduct(gemm: SingleGemm, ready: ThreadLocal<bool>) =
    inherit Product<float32>()

    override _.Multiply(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) =
        if ready.Value then
            let ta, tb = Cblas.transposition transposeA, Cblas.transposition transposeB
            let k = Cblas.depth alpha k
            gemm.Invoke(Cblas.RowMajor, ta, tb, m, n, k, float32 alpha, a, lda, b, ldb, float32 beta, c, ldc)

/// cblas_dgemm.
[<Sealed>]
type internal DoubleProduct(gemm: DoubleGemm, ready: ThreadLocal<bool>) =
    inherit Product<float>()

    override _.Multiply(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) =
        if ready.Value then
            let ta, tb = Cblas.transposition transposeA, Cblas.transposition transposeB
            let k = Cblas.depth alpha k
            gemm.Invoke(Cblas.RowMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)

/// A source of matrix products: a native library or the managed kernel. Safe to use from many threads.
[<Sealed; AllowNullLiteral(false)>]
type Backend
    internal
    (name: string, path: string, version: string, detail: string, single: Product<float32>, double: Product<float>) =

    /// mkl, openblas, blis, accelerate, cblas (any other library with that interface) or managed.
    member _.Name = name

    /// The file the library was loaded from; empty for managed.
    member _.Path = path

    /// What the library says about its version.
    member _.Version = version

    /// How it was set up: threading layer, kernel, width of a register.
    member _.Detail = detail

    /// The product for float32 or float, the same object every time; NotSupportedException for any other 'T.
    member internal _.Product<'T>() : Product<'T> =
        match box single, box double with
        | (:? Product<'T> as product), _
        | _, (:? Product<'T> as product) -> product
        | _ -> raise (NotSupportedException $"There is no matrix product for {typeof<'T>.Name}.")

    /// The kernel of this library itself.
    static member val Managed =
        let version = (Assembly.GetExecutingAssembly().GetName().Version |> string)
        let detail = $"{Managed<float32>.Product.Width} float32 in a register"
        Backend("managed", "", version, detail, Managed<float32>.Product, Managed<float>.Product)

    override _.ToString() = if path = "" then name else $"{name} ({path})"
