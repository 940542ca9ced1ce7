using NeuralNetwork.Cli.Charts;

namespace NeuralNetwork.Cli.Html;

/// <summary>How pages look. The style of the pictures is part of it. No sign in it has a meaning in XML.</summary>
internal static class ReportStyle
{
    public static string Text { get; } = $"{Sheet}{Theme.Style}";

    private const string Sheet = """

        :root { color-scheme: light dark; --paper: #FFFFFF; --ink: #1F2328; --faint: #59636E; --rule: #D8DEE4; --soft: #F6F8FA; --link: #0058A3; }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #0D1117; --ink: #F0F3F6; --faint: #9DA7B3; --rule: #30363D; --soft: #161B22; --link: #6CB6FF; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }
        main { max-width: 800px; margin: 0 auto; padding: 40px 20px 64px; }
        h1 { font-size: 28px; line-height: 1.25; margin: 0 0 8px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
        h2 { font-size: 20px; margin: 48px 0 12px; padding-top: 20px; border-top: 1px solid var(--rule); }
        p { margin: 0 0 12px; overflow-wrap: anywhere; }
        .lead { font-size: 18px; color: var(--faint); }
        a { color: var(--link); }
        dl, dd, dt, ul, figure { margin: 0; padding: 0; }
        .headlines { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; margin: 24px 0 8px; }
        .headlines div { display: flex; flex-direction: column; justify-content: space-between; background: var(--soft); border: 1px solid var(--rule); border-radius: 8px; padding: 12px 14px; }
        .headlines dt { font-size: 13px; color: var(--faint); }
        .headlines dd { font-size: 20px; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        .headlines dd.line { white-space: nowrap; }
        .facts { margin-bottom: 16px; }
        .facts div { display: grid; grid-template-columns: minmax(110px, 190px) 1fr; gap: 16px; padding: 5px 0; border-bottom: 1px solid var(--rule); font-size: 13px; }
        .facts dt { color: var(--faint); }
        .facts dd { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        figure { margin: 0 0 20px; }
        figure svg { display: block; max-width: 100%; height: auto; }
        .wide, .narrow { margin-left: -20px; margin-right: -20px; }
        .narrow { display: none; }
        .narrow svg { width: 100%; max-width: 500px; }
        details { font-size: 14px; margin-bottom: 12px; }
        summary { cursor: pointer; color: var(--faint); padding: 4px 0; }
        .scroll { overflow-x: auto; width: max-content; min-width: 100%; max-width: calc(100vw - 36px); margin: 0 0 16px 50%; transform: translateX(-50%); }
        details .scroll { max-height: 480px; overflow-y: auto; }
        table { border-collapse: collapse; width: max-content; font-size: 14px; font-variant-numeric: tabular-nums; }
        th, td { padding: 5px 0 5px 20px; text-align: right; vertical-align: top; border-bottom: 1px solid var(--rule); white-space: nowrap; }
        th:first-child { padding-left: 0; font-weight: 500; }
        tbody th { max-width: 320px; }
        td.words, th.words { text-align: left; white-space: normal; overflow-wrap: anywhere; }
        td.words { min-width: 6em; max-width: 480px; }
        thead th.words { white-space: nowrap; }
        thead th.number { white-space: normal; max-width: 7em; }
        thead th { color: var(--faint); font-weight: 500; vertical-align: bottom; position: sticky; top: 0; background: var(--paper); }
        table.tight { width: auto; font-size: 13px; }
        table.tight th, table.tight td { padding-left: 12px; }
        table.tight th:first-child { padding-left: 0; }
        table.tight td.number { white-space: normal; min-width: 4.6em; }
        .images { display: grid; grid-template-columns: repeat(auto-fill, minmax(96px, 1fr)); gap: 16px 10px; list-style: none; margin: 12px 0 16px; }
        .images li { min-width: 0; }
        .images img { display: block; image-rendering: pixelated; border-radius: 6px; border: 1px solid var(--rule); background: #000000; }
        .images span { display: block; font-size: 13px; line-height: 1.4; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .images .line { font-weight: 600; margin-top: 6px; }
        .images .note { color: var(--faint); }
        pre { background: var(--soft); border: 1px solid var(--rule); border-radius: 8px; padding: 12px 14px; overflow-x: auto; font-size: 13px; line-height: 1.5; }
        code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
        footer { margin-top: 56px; font-size: 13px; color: var(--faint); }
        @media (max-width: 640px) {
          .wide { display: none; }
          .narrow { display: block; }
        }
        @media (max-width: 480px) {
          main { padding: 24px 20px 48px; }
          h1 { font-size: 23px; }
          .headlines { grid-template-columns: repeat(2, 1fr); gap: 8px; }
          .headlines dd { font-size: 19px; }
          .facts div { grid-template-columns: 110px 1fr; gap: 10px; }
          tbody th { max-width: 150px; }
          td.words { max-width: 210px; }
          th, td { padding-left: 14px; }
        }
        @media print { .scroll { max-height: none; } }
        """;
}
