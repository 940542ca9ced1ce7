/// Names and numbers as users write them.
module NeuralNetwork.Tests.TextTests

open System
open NeuralNetwork.Maths

/// What would do something to a terminal or to what stands around it, and what is plainly seen.
let private unseen =
    "\u001b\u0007\u0000\u007f\u009b\u0085\u200b\u200f\u202e\u2028\u2029\u2066\ufeff\u00ad\u034f\u115f\u17b4\u180b\u3164\ufe0f\uffa0\r\n\t"

let tests =
    group
        "Text"
        [ law "A number reads back as the same number" (fun (bits: int64) ->
              let x = BitConverter.Int64BitsToDouble bits
              let x = if Double.IsFinite x then x else 0.0
              Text.tryNumber (Text.number x) = Some x)
          each "What is no number is none" [ "1,5"; " 1"; "1 "; ""; "1.5.2"; "0x10"; "one" ] (fun (text: string) ->
              Expect.that ((Text.tryNumber text).IsNone) "not true")
          test "Characters that are not seen are escaped, each as in JSON, and all others stay" (fun () ->
              for letter in unseen do
                  Expect.equal ($"a\\u{int letter:x4}b") (Text.visible $"a{letter}b")

              // A tag of the supplementary planes, and half of a character.
              Expect.equal (@"\udb40\udc41") (Text.visible "\U000e0041")
              Expect.equal (@"\ud83dx") (Text.visible (string '\ud83d' + "x"))

              for plain in [ ""; "x y"; "größer"; "日本語"; "العربية"; "😀"; "a\u0301"; "…'\"\\" ] do
                  Expect.equal plain (Text.visible plain))
          law "Nothing that was escaped is escaped again" (fun (letters: char list) ->
              let visible = Text.visible (String(Array.ofList letters))
              Text.visible visible = visible)
          law "The distance between words is a metric" (fun (a: char list) (b: char list) (c: char list) ->
              let word letters = String(Array.ofList (List.truncate 7 letters))
              let a, b, c = word a, word b, word c
              let d = Text.distance

              (d a b = 0) = (a = b)
              && d a b = d b a
              && d a c <= d a b + d b c
              && d a b >= abs (a.Length - b.Length)
              && d a b <= max a.Length b.Length)
          each
              "The distance between words has its known values"
              [ "kitten", "sitting", 3; "", "abc", 3; "flaw", "lawn", 2 ]
              (fun (left: string, right: string, expected: int) -> Expect.equal expected (Text.distance left right))
          test "A word that is none is shown in one short line, however it is written" (fun () ->
              let table = [ "dense", 1; "dropout", 2 ]

              for word in [ "a\nb"; "\u001b[2J"; "x\u202Ey"; String('d', 5000) ] do
                  match Text.choose "layer" table word with
                  | Ok _ -> Expect.fail word
                  | Error found ->
                      Expect.that
                          (found.Length < 200
                           && String.forall (fun letter -> letter >= ' ' && letter <> '\u202E') found)
                          found)
          // The table of distances would be as long as the word.
          test "A word as long as a file is compared with nothing" (fun () ->
              let word = String('d', 1_000_000)
              let before = GC.GetAllocatedBytesForCurrentThread()
              Expect.equal None (Text.nearest [ "dense"; "dropout" ] word)
              let taken = GC.GetAllocatedBytesForCurrentThread() - before
              Expect.that (taken < 100_000L) $"{taken} bytes") ]
