/// Libraries that multiply: their proof, what is refused before one is called, and which one is chosen.
module NeuralNetwork.Tests.Engine.BackendTests

open System
open System.IO
open NeuralNetwork.Engine
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Engine.Products

/// A square product through the checked door.
let private checkedProduct (m: int) (n: int) (k: int) lda ldb ldc (a: int) (b: int) (c: int) () =
    let zeros count = Array.zeroCreate<float32> count

    Blas.Multiply<float32>(
        Backend.Managed,
        false,
        false,
        m,
        n,
        k,
        1.0,
        ReadOnlySpan(zeros a),
        lda,
        ReadOnlySpan(zeros b),
        ldb,
        0.0,
        Span(zeros c),
        ldc
    )

let tests =
    group
        "Backend"
        [ each "A backend passes its own proof and can be found by its path" names (fun (name: string) ->
              let backend = backend name
              Expect.equal null (Blas.SelfTest backend)

              if backend.Path <> "" then
                  Expect.equal backend.Path (Blas.Resolve(backend.Path, [], null)).Backend.Path)
          test "Sizes that do not fit are refused by name before anything is multiplied" (fun () ->
              let refused (name: string) (action: unit -> unit) =
                  Expect.equal name (string (Expect.raises<ArgumentException> action).ParamName)

              checkedProduct 2 3 4 4 3 3 8 12 6 ()
              refused "m" (checkedProduct -1 3 4 4 3 3 8 12 6)
              refused "n" (checkedProduct 2 -1 4 4 3 3 8 12 6)
              refused "k" (checkedProduct 2 3 -1 4 3 3 8 12 6)
              refused "lda" (checkedProduct 2 3 4 3 3 3 8 12 6)
              refused "ldb" (checkedProduct 2 3 4 4 2 3 8 12 6)
              refused "ldc" (checkedProduct 2 3 4 4 3 2 8 12 6)
              refused "a" (checkedProduct 2 3 4 4 3 3 7 12 6)
              refused "b" (checkedProduct 2 3 4 4 3 3 8 11 6)
              refused "c" (checkedProduct 2 3 4 4 3 3 8 12 5))
          test "A product onto one of its operands is refused" (fun () ->
              let shared = Array.zeroCreate<float> 4

              let multiply () =
                  Blas.Multiply<float>(
                      Backend.Managed,
                      false,
                      false,
                      2,
                      2,
                      2,
                      1.0,
                      ReadOnlySpan shared,
                      2,
                      ReadOnlySpan(Array.zeroCreate 4),
                      2,
                      0.0,
                      Span shared,
                      2
                  )

              Expect.equal "c" (string (Expect.raises<ArgumentException> multiply).ParamName))
          test "A file that is no library leads to the next choice and one line of warning" (fun () ->
              let file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.so")
              File.WriteAllText(file, "no library at all")

              try
                  let resolution = Blas.Resolve(file, [], null)
                  Expect.that (resolution.Backend.Path <> file) "it is in use"
                  let warning = string resolution.Warning
                  Expect.mentions [ file; resolution.Backend.Name ] warning
                  Expect.that (not (warning.Contains '\n')) warning
              finally
                  File.Delete file)
          test "A library that does not pass the probe is never loaded" (fun () ->
              let resolution = Blas.Resolve("mkl", [], fun _ -> "refused")
              Expect.equal "managed" resolution.Backend.Name

              Expect.that
                  (resolution.Candidates |> Seq.forall (fun candidate -> candidate.Verdict = "refused"))
                  "a verdict is lost") ]
