namespace NeuralNetwork.Engine

open System

[<Sealed>]
type Backend(name: string, single: Product<float32>, double: Product<float>) =
    member _.Name = name
    member _.Path = ""
    member _.Version = ""
    member _.Detail = ""
    member _.Product<'T>() : Product<'T> = if sizeof<'T> = 4 then unbox (box single) else unbox (box double)

type Candidate = { Name: string; Path: string; Verdict: string }
type Resolution = { Backend: Backend; Candidates: Candidate list; Warning: string }

module Blas =
    let resolve (_choice: string) (_folders: string list) (_probe: Func<string, string> | null) : Resolution =
        { Backend = Backend("managed", Gemm<float32>(), Gemm<float>()); Candidates = []; Warning = "" }
