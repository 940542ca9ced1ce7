/// Which engine is taken by what was measured, and what is kept of that.
module NeuralNetwork.Tests.Engine.SpeedTests

open System
open System.IO
open NeuralNetwork.Engine
open NeuralNetwork.Tests

let private paths = [ "/lib/mkl"; "/lib/openblas"; Speeds.Managed ]

let private chosen (speeds: float option list) : (string * string) option =
    let known =
        List.zip paths speeds
        |> List.choose (fun (path, speed) -> Option.map (fun speed -> path, speed) speed)

    Speeds.choose (Map known) paths

let tests =
    group
        "Speed"
        [ each
              "Another engine is taken where it is faster by the margin than the first that works, and both speeds are known"
              [ [ Some 100.0; Some 80.0; Some 114.0 ], None
                [ Some 100.0; Some 80.0; Some 115.0 ], Some(Speeds.Managed, "/lib/mkl")
                [ Some 100.0; Some 230.0; Some 200.0 ], Some("/lib/openblas", "/lib/mkl")
                [ None; Some 230.0; Some 200.0 ], None
                [ Some 100.0; None; None ], None
                [ Some 0.0; Some 50.0; Some 51.0 ], None
                [ Some 0.0; Some 50.0; Some 60.0 ], Some(Speeds.Managed, "/lib/openblas")
                [ Some 0.0; Some 0.0; Some 50.0 ], None
                [ None; None; None ], None ]
              (fun (speeds, taken) -> Expect.equal taken (chosen speeds))
          law "What is kept is read again" (fun (Real first) (Real second) ->
              let place = Path.GetTempFileName()

              try
                  let kept = [ place, abs first; Speeds.Managed, abs second ]
                  Expect.equal (Map kept) (Speeds.read (Speeds.write kept))
              finally
                  File.Delete place)
          test "The speed of a library that is another file by now is not known" (fun () ->
              let place = Path.GetTempFileName()

              try
                  let text = Speeds.write [ place, 100.0; Speeds.Managed, 200.0 ]
                  File.WriteAllText(place, "another version")
                  Expect.equal (Map [ Speeds.Managed, 200.0 ]) (Speeds.read text)
              finally
                  File.Delete place)
          each
              "A text of another machine, or that is none of speeds, says nothing"
              [ ""; "\n"; "nonsense"; "another processor; 1.0; 8 float32 in a register\n200\tmanaged\n" ]
              (fun text -> Expect.equal Map.empty (Speeds.read text))
          law "No text is more than it says" (fun (text: string | null) ->
              match text with
              | null -> ()
              | text ->
                  let own = (Speeds.write []).Trim()
                  Speeds.read $"{own}\n{text}" |> Map.iter (fun path _ -> Expect.equal Speeds.Managed path)) ]
